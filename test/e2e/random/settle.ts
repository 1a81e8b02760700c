/** Lets everything come to rest, as a runtime does that does not give up. */
import { letJournalFallDue } from "../simulator/time.ts";
import { type Arena, drainJournal, siteOf } from "./arena.ts";
import { conclude, judgeCall } from "./judge.ts";
import type { Tracked } from "./model.ts";
import { perform } from "./operations.ts";
import type { Random } from "./random.ts";

/** The step that these calls are logged under. */
const AFTERWARDS = -1;

/**
 * With nothing wrong any more: removes what is not attached, some by DEL and some only by the GC that follows, drains the
 * journals, and removes the namespaces of what is gone. Each call must succeed; answers what did not.
 */
export async function settle(arena: Arena, random: Random): Promise<string[]> {
  arena.log.note("settling");
  await arena.trouble.end();
  await arena.trouble.settle();
  const violations: string[] = [];
  for (const tracked of arena.model.all("leaving")) {
    if (random.chance(0.6)) violations.push(...(await remove(arena, tracked)));
  }
  for (const tracked of arena.model.all("gone")) {
    if (random.chance(0.15)) violations.push(...(await remove(arena, tracked)));
  }
  for (const node of [1, 2] as const) {
    const collection = await perform(arena, AFTERWARDS, { verb: "GC", node });
    violations.push(...judgeCall(collection));
    letJournalFallDue(siteOf(arena, node).stateDir);
    await drainJournal(siteOf(arena, node)).catch((error: Error) => violations.push(error.message));
  }
  for (const tracked of arena.model.all()) {
    if (tracked.belief === "attached") continue;
    tracked.belief = "gone";
    await tracked.removeNetns();
  }
  return violations;
}

/** Gives up every attachment; the next {@link settle} removes them. */
export function giveUpEverything({ model }: Arena): void {
  for (const tracked of model.all("attached")) tracked.belief = "leaving";
}

async function remove(arena: Arena, tracked: Tracked): Promise<string[]> {
  const { sandbox } = tracked;
  const ended = await perform(arena, AFTERWARDS, { verb: "DEL", node: sandbox.node, sandbox });
  return [...judgeCall(ended), ...conclude(tracked, [ended], true)];
}

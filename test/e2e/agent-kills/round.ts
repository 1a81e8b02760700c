/** One round: pods come and go on both nodes while things die; at its end everything is back, and pods are as wanted. */
import type { Random } from "../random/random.ts";
import { Random as Numbers } from "../random/random.ts";
import type { Arena, NetworkName } from "./arena.ts";
import { networkNames } from "./arena.ts";
import { perform } from "./calls.ts";
import { Kubelet } from "./kubelet.ts";
import type { Slot } from "./slots.ts";
import { carryOutStrike, chooseStrikes } from "./strikes.ts";

/** Milliseconds within which a round's work begins. */
const BEGINS_WITHIN = 700;

/** Carries one round out. @throws AggregateError of what never came to be */
export async function playRound(arena: Arena, random: Random): Promise<void> {
  arena.round += 1;
  arena.log.note(`round ${arena.round}`);
  const strikes = chooseStrikes(arena, part(random));
  const moves = arena.slots.flatMap((slot) => chooseMove(arena, slot, part(random)) ?? []);
  const asked = chooseNodeCalls(arena, part(random));
  const outcomes = await Promise.allSettled([
    ...strikes.map((strike) => carryOutStrike(arena, strike)),
    ...[...moves, ...asked].map(async ({ at, work }) => {
      await Bun.sleep(at);
      await work();
    }),
  ]);
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join("\n"));
}

/** Starts every pod that lives for ever. */
export async function startAnchors(arena: Arena, random: Random): Promise<void> {
  const anchors = arena.slots.filter(({ anchor }) => anchor);
  await Promise.all(anchors.map((slot) => new Kubelet(arena, slot, part(random)).start()));
}

/** Removes every pod. */
export async function stopEverything(arena: Arena, random: Random): Promise<void> {
  const stopping = arena.slots.map((slot) => new Kubelet(arena, slot, part(random)).stop());
  for (const outcome of await Promise.allSettled(stopping)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

interface Move {
  /** Milliseconds from the beginning of the round. */
  readonly at: number;
  work(): Promise<void>;
}

function chooseMove(arena: Arena, slot: Slot, random: Random): Move | undefined {
  if (!random.chance(0.55)) return undefined;
  const kubelet = new Kubelet(arena, slot, part(random));
  const at = random.int(0, BEGINS_WITHIN);
  if (slot.anchor) return { at, work: () => kubelet.check() };
  const work = slot.attached
    ? random.weighted<() => Promise<void>>([
        [6, () => kubelet.stop()],
        [3, () => kubelet.replace()],
        [2, () => kubelet.check()],
      ])
    : random.weighted<() => Promise<void>>([
        [6, () => kubelet.start()],
        [1, () => kubelet.startTwice()],
      ]);
  return { at, work };
}

/** What the runtime asks of a node as a whole. */
function chooseNodeCalls(arena: Arena, random: Random): Move[] {
  return ([1, 2] as const).flatMap((node) => {
    const network: NetworkName = random.pick(networkNames);
    const verb = random.weighted([
      [7, undefined],
      [2, "STATUS" as const],
      [1, "GC" as const],
    ]);
    const at = random.int(0, BEGINS_WITHIN);
    if (verb === undefined) return [];
    return [{ at, work: async () => void (await perform(arena, node, { verb, network })) }];
  });
}

/** Numbers of their own for what runs beside others, so that their order in time changes nothing. */
function part(random: Random): Random {
  return new Numbers(random.int(0, 2 ** 31));
}

/** What must be true when all is back: of what runtimes believe, each thing is there, it works, and nothing else is left. */

import { differences, type Fingerprint } from "../random/foreign.ts";
import { letJournalFallDue } from "../simulator/time.ts";
import { type Arena, networkNames } from "./arena.ts";
import { perform } from "./calls.ts";
import { connectivityProblems } from "./judge-connectivity.ts";
import { neutronProblems } from "./judge-neutron.ts";
import { type NodeStock, nodeProblems, ownNamespaces, takeStock } from "./judge-node.ts";
import { restoreTunnels } from "./tunnels.ts";

/** What was there before the first pod. */
export interface Baseline {
  readonly foreign: Fingerprint;
  readonly nodes: readonly NodeStock[];
  readonly namespaces: readonly string[];
}

/** Milliseconds between two looks, and between two GCs where they are needed. */
const LOOK_AGAIN = 100;
const COLLECT_AGAIN = 2_000;
/** After which what is still not as it must be is worth a line in the log. */
const LONG = 10_000;
/** After which Neutron does not come right by itself. */
const STUCK = 45_000;
/** Rounds between two looks at what is not ours, which takes many commands. */
const FOREIGN_EVERY = 10;

export async function takeBaseline(arena: Arena): Promise<Baseline> {
  return {
    foreign: await arena.foreign.fingerprint(),
    nodes: await Promise.all(arena.sites.map(takeStock)),
    namespaces: ownNamespaces(arena),
  };
}

/**
 * Looks until all is right, or the arena's patience is at its end. Journals need not wait: what they hold is due at once
 * when nothing can be under way in Neutron any more.
 *
 * @returns what is still not as it must be, a sentence each
 */
export async function settle(arena: Arena, before: Baseline, withForeign = false): Promise<string[]> {
  const began = performance.now();
  let finishAt = arena.quietAfter;
  let isLong = false;
  let isStuck = false;
  const lookAtForeign = withForeign || arena.round % FOREIGN_EVERY === 0;
  for (;;) {
    const waited = performance.now() - began;
    if (waited > finishAt) {
      await finishWork(arena);
      finishAt = waited + COLLECT_AGAIN;
    }
    const found = await findProblems(arena, before, lookAtForeign);
    if (found.length > 0 && waited > LONG && !isLong) arena.log.note(`not settled yet: ${found.join("; ")}`);
    if (found.length > 0 && waited > STUCK && !isStuck) await mendNeutron(arena);
    isLong = waited > LONG;
    isStuck = waited > STUCK;
    if (isLong && found.length === 0) arena.tally.count("took long to settle");
    if (found.length === 0 || waited > arena.patience) return found;
    await Bun.sleep(LOOK_AGAIN);
  }
}

/** Does what Neutron needs an administrator for. */
async function mendNeutron(arena: Arena): Promise<void> {
  if (!(await restoreTunnels(arena))) return;
  arena.log.note("Neutron's agent had lost the tunnels, and was started anew");
  arena.tally.count("tunnels lost by Neutron's agent");
}

/** What waits in journals is due now. An agent sees to it by itself; without one it takes a GC. */
async function finishWork(arena: Arena): Promise<void> {
  for (const { stateDir } of arena.sites) letJournalFallDue(stateDir);
  const collections = arena.sites.flatMap(({ agent }, index) =>
    agent === undefined ? networkNames.map((network) => ({ node: (index + 1) as 1 | 2, network })) : [],
  );
  await Promise.all(collections.map(({ node, network }) => perform(arena, node, { verb: "GC", network })));
}

/** The cheap looks first: while those find something, the rest is not worth it. */
async function findProblems(arena: Arena, before: Baseline, withForeign: boolean): Promise<string[]> {
  if (arena.violations.length > 0) return arena.violations;
  const found = await Promise.all([
    neutronProblems(arena),
    ...arena.sites.map((site, index) => nodeProblems(arena, site, index + 1, before.nodes[index])),
    namespaceProblems(arena, before),
  ]);
  const problems = found.flat();
  if (problems.length > 0) return problems;
  const rest = await Promise.all([
    connectivityProblems(arena),
    withForeign
      ? arena.foreign.fingerprint().then((now) => differences(before.foreign, now))
      : Promise.resolve([]),
  ]);
  return rest.flat();
}

function namespaceProblems(arena: Arena, before: Baseline): string[] {
  const pods = arena.slots.flatMap(({ sandboxes }) =>
    sandboxes.map(({ sandbox }) => arena.lab.layout.pod(sandbox.id)),
  );
  const expected = new Set([...before.namespaces, ...pods]);
  return ownNamespaces(arena).flatMap((name) =>
    expected.has(name) ? [] : [`the namespace ${name} is left`],
  );
}

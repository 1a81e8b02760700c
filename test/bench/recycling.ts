/** Many pods, one after the other, behind few ports. */
import type { Lab } from "../../lab/lab.ts";
import type { SkynetAgent } from "./agents.ts";
import type { Contestant } from "./contestants.ts";
import { memoryOf } from "./memory.ts";
import { countCalls, forgetCalls } from "./neutron-calls.ts";
import { type Attached, attach, detach, newPod, orderOf } from "./pods.ts";

const PODS = 1_000;
/** Pods that are there at a time: a pod lives so many pods long. */
const ALIVE = 20;
/** A namespace serves again long after its pod: until the agent has tidied up, the old interface keeps its name there. */
const NAMESPACES = 100;
/** An agent stays for weeks: by then its code is compiled. Before, an ADD takes about a millisecond more. */
const WARM_UP_PODS = 200;
/** Memory is looked at after each such number of pods. */
const LOOK_EVERY = 100;

/** What a thousand pods came to. */
export interface Recycling {
  readonly who: string;
  readonly beside: string;
  readonly pods: number;
  /** Milliseconds of each ADD and DEL, by each of the two. */
  readonly adds: { readonly ours: number[]; readonly theirs: number[] };
  readonly dels: { readonly ours: number[]; readonly theirs: number[] };
  /** Of plugin and agent, until all was settled: such as `PUT ports` → 1000. */
  readonly calls: Readonly<Record<string, number>>;
  /** ADDs that found no port ready. */
  readonly missed: number;
  /** Resident, in bytes, on the way. */
  readonly memory: number[];
}

/** In turns: an ADD by each, then a DEL by each of the oldest pods. The agent does meanwhile what it has to do. */
export async function measureRecycling(
  lab: Lab,
  [ours, theirs]: readonly [Contestant, Contestant],
  agent: SkynetAgent,
): Promise<Recycling> {
  await series(lab, [ours, theirs], WARM_UP_PODS, async () => {});
  const { claims } = await agent.calm({ cooled: true });
  await forgetCalls();
  const memory: number[] = [];
  const { adds, dels } = await series(lab, [ours, theirs], PODS, async (count) => {
    if (count % LOOK_EVERY === 0) memory.push(memoryOf(agent.pid).resident);
  });
  const after = await agent.calm({ cooled: true });
  return {
    who: ours.name,
    beside: theirs.name,
    pods: PODS,
    adds,
    dels,
    calls: await countCalls(),
    missed: after.claims.miss - claims.miss,
    memory,
  };
}

type Times = { ours: number[]; theirs: number[] };

async function series(
  lab: Lab,
  [ours, theirs]: readonly [Contestant, Contestant],
  count: number,
  onPod: (count: number) => Promise<void>,
): Promise<{ adds: Times; dels: Times }> {
  const adds: Times = { ours: [], theirs: [] };
  const dels: Times = { ours: [], theirs: [] };
  const living: Attached[][] = [];
  const removeOldest = async () => {
    for (const one of living.shift() ?? []) {
      const { ms } = await detach(one);
      (one.contestant === ours ? dels.ours : dels.theirs).push(ms);
    }
  };
  for (let position = 0; position < count; position++) {
    const pair: Attached[] = [];
    for (const contestant of orderOf([ours, theirs], position)) {
      const side = contestant === ours ? "ours" : "theirs";
      const pod = await newPod(lab, `${side}${position % NAMESPACES}`);
      const { ms, value } = await attach(contestant, pod);
      adds[side].push(ms);
      pair.push(value);
    }
    living.push(pair);
    if (living.length > ALIVE) await removeOldest();
    await onPod(position + 1);
  }
  while (living.length > 0) await removeOldest();
  return { adds, dels };
}

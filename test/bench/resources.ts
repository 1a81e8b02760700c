/** What the agent takes of a node that is full of pods. */
import type { Lab } from "../../lab/lab.ts";
import type { SkynetAgent } from "./agents.ts";
import type { Contestant } from "./contestants.ts";
import { memoryOf, processorTimeOf } from "./memory.ts";
import { attach, detach, newPods } from "./pods.ts";

/** As many as a kubelet runs unless it is told otherwise. */
const PODS = 110;
const AT_A_TIME = 10;
const IDLE_MS = 60_000;

export interface Resources {
  readonly who: string;
  readonly pods: number;
  readonly hotPorts: number;
  /** Bytes. */
  readonly resident: number;
  readonly proportional: number;
  /** The part of one processor that it uses when no pod comes or goes, from 0 to 1. */
  readonly idle: number;
}

export async function measureResources(
  lab: Lab,
  contestant: Contestant,
  agent: SkynetAgent,
): Promise<Resources> {
  const pods = await newPods(lab, PODS);
  const attached = [];
  for (let first = 0; first < PODS; first += AT_A_TIME) {
    const some = pods.slice(first, first + AT_A_TIME).map((pod) => attach(contestant, pod));
    attached.push(...(await Promise.all(some)));
  }
  const { hotPorts } = await agent.calm({ cooled: true });
  const before = processorTimeOf(agent.pid);
  await Bun.sleep(IDLE_MS);
  const used = processorTimeOf(agent.pid) - before;
  const memory = memoryOf(agent.pid);
  for (const { value } of attached) await detach(value);
  return {
    who: contestant.name,
    pods: PODS,
    hotPorts: hotPorts.reduce((sum, { counts }) => sum + counts.hot, 0),
    ...memory,
    idle: used / IDLE_MS,
  };
}

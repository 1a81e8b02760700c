/** Pods that come and go, and what that takes. */
import type { Lab } from "../../lab/lab.ts";
import type { CniResult } from "../../lab/plugin-input.ts";
import { Pod } from "../../lab/pod.ts";
import { type Contestant, call } from "./contestants.ts";
import { observed } from "./neutron-calls.ts";
import type { Program, Results } from "./results.ts";
import type { Timed } from "./timing.ts";

/** Milliseconds before each measurement: the kernel finishes removals after it has answered. */
const REST = 50;

export interface Attached {
  readonly contestant: Contestant;
  readonly pod: Pod;
  readonly answer: CniResult;
}

/**
 * A new pod, in a namespace that is made once: the kernel takes namespaces apart in the background, which would slow
 * whatever is measured meanwhile.
 */
export function newPod(lab: Lab, namespace: string): Promise<Pod> {
  return Pod.create(lab.layout, namespace);
}

export function newPods(lab: Lab, count: number): Promise<Pod[]> {
  return Promise.all(Array.from({ length: count }, (_, position) => newPod(lab, `pod${position}`)));
}

export async function attach(contestant: Contestant, pod: Pod): Promise<Timed<Attached>> {
  const { ms, value } = await call(contestant, "ADD", pod);
  return { ms, value: { contestant, pod, answer: value as CniResult } };
}

export function detach({ contestant, pod, answer }: Attached): Promise<Timed<unknown>> {
  return call(contestant, "DEL", pod, answer);
}

/** Does it after a rest, and records how long it took and what was asked of Neutron meanwhile. */
export async function measured<T>(
  into: Results,
  what: string,
  who: Program,
  work: () => Promise<Timed<T>>,
): Promise<T> {
  await Bun.sleep(REST);
  const { result, calls } = await observed(work);
  into.record(what, who, result.ms, calls);
  return result.value;
}

/** Each begins as often as the others, and comes as often before each of the others as after it. */
export function orderOf<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  const order = [...all.slice(first), ...all.slice(0, first)];
  return Math.floor(round / all.length) % 2 === 0 ? order : order.toReversed();
}

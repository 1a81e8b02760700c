/** What a plan is made of: sandboxes, and calls about them. */
import type { KillOptions, Verb } from "../../../lab/plugin-process.ts";
import type { Random } from "./random.ts";
import type { Trouble } from "./trouble.ts";

/** One sandbox of a pod. A pod that is made anew has another sandbox under the same name. */
export interface Sandbox {
  /** Short and unique: what the log calls it. */
  readonly id: string;
  readonly node: 1 | 2;
  readonly podName: string;
  readonly uid: string;
  readonly containerId: string;
  readonly annotations: Record<string, string>;
}

/** What the runtime still knows at a DEL: everything; no result of the ADD; not even the namespace. */
export type Memory = "all" | "no result" | "nothing";

export interface Call {
  readonly verb: Exclude<Verb, "VERSION">;
  readonly node: 1 | 2;
  /** None for GC and STATUS. */
  readonly sandbox?: Sandbox;
  /** Milliseconds after the step begins. */
  readonly afterMs?: number;
  readonly kill?: KillOptions;
  /** For DEL; default `all`. */
  readonly memory?: Memory;
  /** For DEL: the namespace is removed before. */
  readonly netnsGone?: boolean;
}

/** Calls that run together; steps run side by side, but never two for one pod. */
export interface Step {
  readonly number: number;
  /** Name of the pod it is about. */
  readonly pod?: string;
  readonly calls: readonly Call[];
  /** Sandboxes the runtime gives up with this step: whatever they were, they are to be removed. */
  readonly givesUp?: readonly Sandbox[];
  /** What begins to go wrong before this step; `over`: nothing goes wrong any more. */
  readonly trouble?: Trouble | "over";
}

/** Most calls take some 20 to 200 ms, those that meet a fault take seconds: kills come in both. */
export function chooseKill(random: Random, probability: number): { kill?: KillOptions } {
  if (!random.chance(probability)) return {};
  const after = random.chance(0.75) ? random.int(5, 150) : random.int(100, 2_500);
  return { kill: { after, signal: random.chance(0.85) ? "SIGKILL" : "SIGTERM" } };
}

import type { DataPath } from "./data-path.ts";
import type { Recycling } from "./recycling.ts";
import type { Resources } from "./resources.ts";
import type { Series } from "./results.ts";

/** Parts of the benchmark, in the order in which they are taken. */
export const PARTS = ["recycling", "data-path", "resources", "verbs"] as const;
export type Part = (typeof PARTS)[number];

/** All that was measured; a part that was not asked for is missing. */
export interface Findings {
  readonly verbs?: readonly Series[];
  readonly recycling?: Recycling;
  readonly resources?: Resources;
  readonly dataPath?: readonly DataPath[];
}

/** What a lab is made of, written into its folder so that any process can attach to it. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import type { Backend, LabLayout } from "./layout.ts";
import type { NodeKind } from "./node-kinds.ts";
import type { Seeded } from "./seed.ts";

export interface LabState {
  readonly name: string;
  readonly backend: Backend;
  /** The kind of each node, from node 1 on. */
  readonly nodes: readonly NodeKind[];
  /** What is in Neutron from the beginning; missing until the servers are up. */
  readonly seeded?: Seeded;
}

/** The state of a lab, or nothing when it is not there. */
export function readState(layout: LabLayout): LabState | undefined {
  const path = layout.path("lab.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

export async function writeState(layout: LabLayout, state: LabState): Promise<void> {
  mkdirSync(layout.dir, { recursive: true });
  await Bun.write(layout.path("lab.json"), `${JSON.stringify(state, null, 2)}\n`);
}

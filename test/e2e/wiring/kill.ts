import { expect } from "bun:test";
import type { Node } from "./node.ts";

/**
 * Kills a step before its first change of the kernel, its second… until it comes through; `recover` runs after each.
 * Answers how many changes the step makes.
 */
export async function killEverywhere(
  node: Node,
  step: Parameters<Node["try"]>[0],
  recover: () => Promise<void>,
): Promise<number> {
  for (let change = 1; ; change++) {
    const { killed, error } = await node.try({ ...step, killBefore: change });
    expect(error).toBeUndefined();
    await recover();
    if (!killed) return change - 1;
  }
}

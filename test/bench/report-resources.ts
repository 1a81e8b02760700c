import { markdownTable } from "./markdown.ts";
import type { Resources } from "./resources.ts";

const HEAD = ["program", "pods", "ports ready", "resident", "shared pages divided", "idle"];

/** What the agent takes of the node. */
export function reportResources({ who, pods, hotPorts, resident, proportional, idle }: Resources): string {
  const memory = [resident, proportional].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`);
  const row = [who, `${pods}`, `${hotPorts}`, ...memory, `${(idle * 100).toFixed(2)} %`];
  return markdownTable(HEAD, [row], new Set([0]));
}

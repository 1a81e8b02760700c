import { markdownTable } from "./markdown.ts";
import type { Recycling } from "./recycling.ts";
import { summarize } from "./statistics.ts";

const HEAD = ["", "program", "runs", "median", "p99", "median's ratio", "p99's ratio"];
const LEFT = new Set([0, 1]);

/** Times of a thousand pods, and what they cost Neutron. */
export function reportRecycling({ who, beside, pods, adds, dels, calls, missed, memory }: Recycling): string {
  const rows = Object.entries({ ADD: adds, DEL: dels }).flatMap(([what, { ours, theirs }]) => {
    const [one, other] = [summarize(ours), summarize(theirs)];
    const figures = ({ runs, median, p99 }: typeof one) => [`${runs}`, median.toFixed(1), p99.toFixed(1)];
    const ratios = [one.median / other.median, one.p99 / other.p99].map((ratio) => ratio.toFixed(2));
    return [
      [what, who, ...figures(one), ...ratios],
      [what, beside, ...figures(other), "", ""],
    ];
  });
  const sum = Object.values(calls).reduce((total, count) => total + count, 0);
  const kinds = Object.entries(calls).map(([kind, count]) => `${count} ${kind}`);
  const told = [
    `${pods} pods one after the other: ${sum} calls to Neutron, ${(sum / pods).toFixed(2)} a pod (${kinds.join(", ")});`,
    `${missed} found no port ready.`,
    `The agent's memory after each hundred, in MiB: ${memory.map(mebibytes).join(", ")}.`,
  ];
  return `${markdownTable(HEAD, rows, LEFT)}\n\n${told.join(" ")}`;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

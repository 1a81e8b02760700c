import type { DataPath } from "./data-path.ts";
import { markdownTable } from "./markdown.ts";
import { pairedRatio, summarize } from "./statistics.ts";

const HEAD = ["pods of", "rounds", "Gbit/s", "ratio", "round trip, µs", "ratio"];

/** A port that was made ahead stands beside one of the same wiring that was not. */
export function reportDataPath(paths: readonly DataPath[]): string {
  const rows = paths.map((path) => {
    const plain = paths.find(({ who }) => who === path.who.replace("skynet agent,", "skynet,"));
    const ratio = (kind: "throughput" | "roundTrip") =>
      plain === undefined || plain === path ? "" : pairedRatio(path[kind], plain[kind]).toFixed(2);
    return [
      path.who,
      `${path.throughput.length}`,
      summarize(path.throughput).median.toFixed(1),
      ratio("throughput"),
      summarize(path.roundTrip).median.toFixed(0),
      ratio("roundTrip"),
    ];
  });
  return markdownTable(HEAD, rows, new Set([0]));
}

/** Measurements as tables, in Markdown that also reads well in a terminal. */
import type { Series } from "./results.ts";
import { pairedRatio, summarize } from "./statistics.ts";

const HEAD = [
  "",
  "program",
  "runs",
  "min",
  "median",
  "p90",
  "p99",
  "max",
  "ratio",
  "calls to Neutron",
  "there",
];
/** Columns of text; all others are figures. */
const LEFT = new Set([0, 1, 9]);

/** The table of all series. The ratio is that of a series to the next one of the same kind. */
export function report(series: readonly Series[]): string {
  return markdownTable([HEAD, ...series.map((one) => row(one, otherOf(one, series)))]).join("\n");
}

function otherOf(one: Series, series: readonly Series[]): Series | undefined {
  const rivals = series.filter(({ what }) => what === one.what);
  return rivals.find(({ who }) => who !== "skynet" && one.who === "skynet");
}

function row({ what, who, ms, calls }: Series, other: Series | undefined): string[] {
  const { runs, min, median, p90, p99, max } = summarize(ms);
  const there = summarize(calls.map((call) => call.ms)).median;
  return [
    what,
    who,
    `${runs}`,
    ...[min, median, p90, p99, max].map((value) => value.toFixed(1)),
    other === undefined ? "" : pairedRatio(ms, other.ms).toFixed(2),
    requestsOf(calls.map(({ requests }) => requests)),
    there === 0 ? "" : there.toFixed(1),
  ];
}

/** What every run asked, or, where runs differ, how many calls at least and at most. */
function requestsOf(runs: readonly (readonly string[])[]): string {
  const [first = []] = runs;
  const counts = runs.map(({ length }) => length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (least !== most) return `${least} to ${most}`;
  return least > 8 ? `${least}` : [`${least}`, first.join(", ")].filter((part) => part !== "").join(": ");
}

function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, column) => Math.max(3, ...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const padded = rows.map((cells) =>
    line(
      cells.map((cell, column) =>
        LEFT.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      ),
    ),
  );
  const rule = widths.map((width, column) =>
    LEFT.has(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [padded[0] ?? "", line(rule), ...padded.slice(1)];
}

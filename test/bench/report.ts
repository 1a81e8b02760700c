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
/** Calls to Neutron of one run that are listed one by one. */
const MOST_SHOWN = 8;

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

/** What most runs asked, and in how many of them it was something else: a port may be ACTIVE a look later. */
function requestsOf(runs: readonly (readonly string[])[]): string {
  const kinds = Map.groupBy(runs, (requests) => requests.join(", "));
  const [usual = "", alike = []] =
    [...kinds].toSorted(([, one], [, other]) => other.length - one.length)[0] ?? [];
  const count = alike[0]?.length ?? 0;
  const shown = count === 0 || count > MOST_SHOWN ? `${count}` : `${count}: ${usual}`;
  const others = runs.filter(({ length }) => length !== count).length;
  return others === 0 ? shown : `${shown} (not in ${others} of ${runs.length})`;
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

/** Measurements as tables, in Markdown that also reads well in a terminal. */
import type { Findings } from "./findings.ts";
import { markdownTable } from "./markdown.ts";
import { reportDataPath } from "./report-data-path.ts";
import { reportRecycling } from "./report-recycling.ts";
import { reportResources } from "./report-resources.ts";
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

/** All tables, each with a sentence before it. */
export function report({ verbs, recycling, resources, dataPath }: Findings): string {
  const parts = [
    verbs && reportVerbs(verbs),
    recycling && reportRecycling(recycling),
    resources && reportResources(resources),
    dataPath && reportDataPath(dataPath),
  ];
  return parts.filter((part) => part !== undefined).join("\n\n");
}

/** The table of all series, those of the same kind together. */
export function reportVerbs(series: readonly Series[]): string {
  const rows = [...Map.groupBy(series, ({ what }) => what).values()].flatMap((rivals) =>
    rivals.map((one) =>
      row(
        one,
        rivals.find(({ who }) => who === one.beside),
      ),
    ),
  );
  return markdownTable(HEAD, rows, LEFT);
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

/** What most runs asked, and how often the others did: a port may be ACTIVE a look later, or a cache be too old. */
function requestsOf(runs: readonly (readonly string[])[]): string {
  const kinds = Map.groupBy(runs, (requests) => requests.join(", "));
  const [usual = "", alike = []] =
    [...kinds].toSorted(([, one], [, other]) => other.length - one.length)[0] ?? [];
  const count = alike[0]?.length ?? 0;
  const shown = count === 0 || count > MOST_SHOWN ? `${count}` : `${count}: ${usual}`;
  const others = runs.map(({ length }) => length).filter((length) => length !== count);
  if (others.length === 0) return shown;
  const { min, max } = summarize(others);
  return `${shown} (${min === max ? min : `${min}–${max}`} in ${others.length} of ${runs.length})`;
}

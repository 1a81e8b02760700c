/** The matrix as a table for a person at a terminal, and whatever of it is not proven. */
import { formatTable } from "../src/cli/table.ts";
import { type Cell, cellId, cells, checkIds, expectedChecks, refusalId } from "../test/e2e/matrix/cells.ts";
import type { LabResults, Result } from "../test/e2e/matrix/results.ts";

export interface MatrixReport {
  /** Table and legend. */
  readonly lines: readonly string[];
  /** A line for each check of a cell that did not pass in this run; empty when all is proven. */
  readonly failures: readonly string[];
}

type Outcome = Result["outcome"] | "missing";

const signs: Record<Outcome, string> = {
  passed: "✓",
  refused: "refused",
  impossible: "–",
  failed: "✗",
  missing: "missing",
};

const legend = [
  "agent: Neutron's own on the node; nobody: no agent, skynet alone. userspace: switched by Open vSwitch's process.",
  "one node, two nodes: pings between pods. IPv6: the same, and the gateway. MTU: a packet of that many bytes passes whole,",
  "one more does not. gateway: the default route is answered, also for an address behind it; on flat and VLAN networks by a",
  "host on the wire, in tunnels by a pod that has put on the gateway's address. wire: what a packet between the nodes carries.",
  "isolated: a pod of another network with an address of this one gets no answer, and one of this network does.",
  "groups: TCP 80 passes and 81 does not; refused: a pod that asks for groups, as nobody would filter; no zones: the second",
  "kernel's Open vSwitch tells no connections apart, so that it refuses the filters which Neutron's agent makes.",
  "CHECK: finds nothing; damage: finds each of several. DEL: no device, switch port, or port of Neutron is left.",
  "–: nothing to try, as ADD refuses the pod.",
];

/**
 * @param runs the last of each lab
 * @param since milliseconds since 1970: a run that began earlier proves nothing
 */
export function matrixReport(runs: readonly LabResults[], since: number): MatrixReport {
  const rows = cells.map((cell) => {
    const run = runs.find(({ lab }) => lab === cell.lab);
    return describeCell(cell, run, since);
  });
  const columns = ["wiring", "network", "filters", "kernel", ...checkIds, ""].map((title) => ({ title }));
  const table = formatTable(
    columns,
    rows.map(({ texts }) => texts),
  );
  return { lines: [...table, "", ...legend], failures: rows.flatMap(({ failures }) => failures) };
}

function describeCell(cell: Cell, run: LabResults | undefined, since: number) {
  const absence = run === undefined ? "not run" : run.began < since ? "not run since the build" : undefined;
  const results =
    absence === undefined && run ? run.results.filter((each) => each.cell === cellId(cell)) : [];
  const of = (check: Result["check"]) => results.findLast((each) => each.check === check);
  const kernel = [run?.kernel.split("-")[0] ?? "?", cell.datapath === "userspace" ? "userspace" : ""];
  const labels = [cell.wiring, cell.network, cell.partner, kernel.join(" ").trim()];
  const failures = expectedChecks(cell).flatMap((check) => {
    const problem = problemOf(of(check), absence);
    return problem === undefined ? [] : [`${cellId(cell)}: ${check}: ${problem}`];
  });
  if (cell.refusal === undefined) {
    return { texts: [...labels, ...checkIds.map((check) => text(of(check))), " "], failures };
  }
  const result = of(refusalId);
  const reason = result?.outcome === "refused" ? `refused: ${cell.refusal}` : text(result);
  return { texts: [...labels, ...checkIds.map(() => "–"), reason], failures };
}

function text(result: Result | undefined): string {
  const sign = signs[result?.outcome ?? "missing"];
  const isShown = result?.outcome === "passed" || result?.outcome === "impossible";
  return isShown && result.detail !== undefined ? `${sign} ${result.detail}` : sign;
}

/** Why a result proves nothing, in one line. */
function problemOf(result: Result | undefined, absence: string | undefined): string | undefined {
  if (result === undefined) return absence ?? "missing";
  if (result.outcome !== "failed") return undefined;
  // Of a test's assertion, a line that tells what was seen.
  const lines = (result.detail ?? "").split("\n").filter((line) => line.trim() !== "");
  return `failed: ${lines.slice(0, 4).join(" ").slice(0, 300)}`;
}

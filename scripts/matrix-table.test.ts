import { expect, test } from "bun:test";
import {
  type Cell,
  cellId,
  cells,
  crowds,
  expectedChecks,
  labNames,
  type Setup,
} from "../test/e2e/matrix/cells.ts";
import type { LabResults, Result } from "../test/e2e/matrix/results.ts";
import { matrixReport } from "./matrix-table.ts";

const BEGAN = 1_000;

/** Results of all cells, as if everything had passed; `change` may alter or drop (undefined) each. */
function runs(change: (result: Result) => Result | undefined = (result) => result): LabResults[] {
  return labNames.map((lab) => ({
    lab,
    began: BEGAN,
    kernel: "6.1.0-test",
    results: cells
      .filter((cell) => cell.lab === lab)
      .flatMap(resultsOf)
      .flatMap((result) => change(result) ?? []),
  }));
}

function resultsOf(cell: Cell): Result[] {
  const outcome = cell.refusal === undefined ? "passed" : "refused";
  return expectedChecks(cell).map((check) => ({ cell: cellId(cell), check, outcome }));
}

const [first, second] = cells as [Cell, Cell];

test("every cell is another, and is on one lab", () => {
  expect(new Set(cells.map(cellId)).size).toBe(cells.length);
});

test("every wiring in use is tried with many pods at once, on three networks", () => {
  const setups = (all: readonly Setup[]) => new Set(all.map(({ wiring, partner }) => `${wiring} ${partner}`));
  expect(setups(crowds)).toEqual(setups(cells));
  expect(crowds.map(({ networks }) => new Set(networks).size)).toEqual(crowds.map(() => 3));
});

test("where everything passed nothing is unproven, and each cell has a line", () => {
  const { lines, failures } = matrixReport(runs(), BEGAN);
  expect(failures).toEqual([]);
  const table = lines.slice(0, lines.indexOf(""));
  expect(table).toHaveLength(1 + cells.length);
  expect(table.join("\n")).not.toContain("missing");
  expect(table.filter((line) => line.includes("refused: "))).toHaveLength(
    cells.filter(({ refusal }) => refusal !== undefined).length,
  );
});

test("what a check has seen stands beside its tick", () => {
  const seen = runs((result) => (result.check === "MTU" ? { ...result, detail: "1450" } : result));
  expect(matrixReport(seen, BEGAN).lines[1]).toContain("✓ 1450");
});

test("a failed check is named with what went wrong", () => {
  const broken = runs((result) =>
    result.cell === cellId(first) && result.check === "gateway"
      ? { ...result, outcome: "failed", detail: "no reply\n\nfrom 10.50.0.1" }
      : result,
  );
  const { lines, failures } = matrixReport(broken, BEGAN);
  expect(failures).toEqual([`${cellId(first)}: gateway: failed: no reply from 10.50.0.1`]);
  expect(lines[1]).toContain("✗");
});

test("a check that was not tried is missing", () => {
  const partial = runs((result) =>
    result.cell === cellId(second) && result.check === "DEL" ? undefined : result,
  );
  expect(matrixReport(partial, BEGAN).failures).toEqual([`${cellId(second)}: DEL: missing`]);
});

test("a cell that should be refused and was not tried is missing", () => {
  const refused = cells.filter(({ refusal }) => refusal !== undefined);
  const none = runs((result) => (result.check === "ADD" ? undefined : result));
  expect(matrixReport(none, BEGAN).failures).toEqual(refused.map((cell) => `${cellId(cell)}: ADD: missing`));
});

test("a lab that was not run, or not since then, proves nothing", () => {
  const ofOvn = cells.filter(({ lab }) => lab === "ovn").flatMap(expectedChecks).length;
  const without = matrixReport(
    runs().filter(({ lab }) => lab !== "ovn"),
    BEGAN,
  ).failures;
  expect(without).toHaveLength(ofOvn);
  expect(without[0]).toEndWith("not run");
  const expected = cells.flatMap((cell) => expectedChecks(cell)).length;
  expect(matrixReport(runs(), BEGAN + 1).failures).toHaveLength(expected);
});

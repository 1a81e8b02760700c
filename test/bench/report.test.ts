import { describe, expect, test } from "bun:test";
import { reportVerbs } from "./report.ts";
import { Results } from "./results.ts";

const quiet = { requests: [], ms: 0 };

/** The cells of the row of a program. */
function cellsOf(results: Results, who: string): string[] {
  const line = reportVerbs(results.series)
    .split("\n")
    .find((row) => row.includes(`| ${who} `));
  return line?.split("|").map((cell) => cell.trim()) ?? [];
}

describe("reportVerbs", () => {
  test("divides by the program that a series stands beside, kind by kind", () => {
    const results = new Results();
    for (const [what, ms] of [
      ["ADD", 30],
      ["DEL", 50],
    ] as const) {
      results.record(what, { name: "ours", beside: "theirs" }, ms, quiet);
      results.record(what, { name: "others" }, 1, quiet);
      results.record(what, { name: "theirs" }, 20, quiet);
    }
    const rows = reportVerbs(results.series).split("\n");
    expect(rows.filter((row) => row.includes("| ours ")).map((row) => row.split("|")[9]?.trim())).toEqual([
      "1.50",
      "2.50",
    ]);
    expect(cellsOf(results, "theirs")[9]).toBe("");
  });

  test("keeps series of one kind together", () => {
    const results = new Results();
    for (const name of ["one", "other"]) {
      for (const what of ["ADD", "DEL"]) results.record(what, { name }, 1, quiet);
    }
    const kinds = reportVerbs(results.series)
      .split("\n")
      .slice(2)
      .map((row) => row.split("|")[1]?.trim());
    expect(kinds).toEqual(["ADD", "ADD", "DEL", "DEL"]);
  });

  test("tells what most runs asked of Neutron, and how many asked how much else", () => {
    const results = new Results();
    const usual = { requests: ["POST ports", "GET ports"], ms: 1 };
    const longer = (more: number) => ({
      requests: [...usual.requests, ...new Array(more).fill("GET ports")],
      ms: 2,
    });
    for (const calls of [usual, longer(1), usual, longer(3), usual]) {
      results.record("ADD", { name: "ours" }, 1, calls);
    }
    expect(cellsOf(results, "ours")[10]).toBe("2: POST ports, GET ports (3–5 in 2 of 5)");
  });
});

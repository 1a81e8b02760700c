import { describe, expect, test } from "bun:test";
import { pairedRatio, summarize } from "./statistics.ts";

describe("summarize", () => {
  test("sorts, and reads between two values where none is in the middle", () => {
    const summary = summarize([40, 0, 30, 10]);
    expect(summary).toMatchObject({ runs: 4, min: 0, median: 20, p90: 37, max: 40 });
    expect(summary.p99).toBeCloseTo(39.7);
  });

  test("takes a single measurement for everything", () => {
    expect(summarize([7])).toEqual({ runs: 1, min: 7, median: 7, p90: 7, p99: 7, max: 7 });
  });

  test("refuses to make figures of nothing", () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

describe("pairedRatio", () => {
  test("is not moved by what slows both of a pair", () => {
    expect(pairedRatio([20, 2000, 40], [10, 1000, 10])).toBe(2);
  });

  test("refuses series that are no pairs", () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow(RangeError);
  });
});

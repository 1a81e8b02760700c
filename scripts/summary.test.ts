import { expect, test } from "bun:test";
import { summary, total } from "./summary.ts";

const rows = [
  { name: "unit", passed: 10, failed: 0, seconds: 1.26, failures: [] },
  { name: "demo", passed: 3, failed: 1, seconds: 60, failures: ["demo.test.ts: cleans up"] },
];

test("the last line has the sums", () => {
  expect(total(rows)).toEqual({ passed: 13, failed: 1 });
  expect(summary(rows).split("\n").at(-1)).toBe("13 passed, 1 failed");
});

test("failures are named", () => {
  expect(summary(rows)).toContain("\nfailed:\n  demo: demo.test.ts: cleans up\n");
  expect(summary(rows.slice(0, 1))).not.toContain("failed:");
});

/** What a run of suites comes to, for a person at a terminal. */
import type { Counts } from "./junit.ts";

/** One suite's outcome. */
export interface Row extends Counts {
  readonly name: string;
  readonly seconds: number;
  readonly failures: readonly string[];
}

export function counted({ passed, failed }: Counts): string {
  return `${passed} passed, ${failed} failed`;
}

/** All suites together. */
export function total(rows: readonly Row[]): Counts {
  const sum = (key: keyof Counts) => rows.reduce((before, row) => before + row[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

/** A table of suites, the names of all failures, and a last line with the sums. */
export function summary(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const table = rows.map(({ name, passed, failed, seconds }) => {
    const columns = [String(passed).padStart(6), String(failed).padStart(6), seconds.toFixed(1).padStart(7)];
    return `${name.padEnd(width)}  ${columns.join("  ")}`;
  });
  const failures = rows.flatMap(({ name, failures }) => failures.map((failure) => `  ${name}: ${failure}`));
  return [
    `${"suite".padEnd(width)}  passed  failed  seconds`,
    ...table,
    ...(failures.length > 0 ? ["", "failed:", ...failures] : []),
    "",
    counted(total(rows)),
  ].join("\n");
}

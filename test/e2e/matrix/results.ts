/** What was tried, written where the table is made of it: one file a lab, from the first result on. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../lab/layout.ts";
import type { CheckId, LabName, refusalId } from "./cells.ts";

export interface Result {
  /** As `cellId` names it. */
  readonly cell: string;
  readonly check: CheckId | typeof refusalId;
  readonly outcome: "passed" | "refused" | "impossible" | "failed";
  /** What to show beside the outcome: a figure, why a pod was refused, what failed. */
  readonly detail?: string;
}

export interface LabResults {
  readonly lab: LabName;
  /** When the run began: milliseconds since 1970. */
  readonly began: number;
  /** Release of the kernel that it ran on. */
  readonly kernel: string;
  readonly results: readonly Result[];
}

const folder = join(checkout, ".work", "matrix");

export function resultsFile(lab: LabName): string {
  return join(folder, `${lab}.json`);
}

/** What a lab's last run has written, or nothing when there was none. */
export function readResults(lab: LabName): LabResults | undefined {
  try {
    return JSON.parse(readFileSync(resultsFile(lab), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Collects one run's results; what an earlier one has written is gone. */
export class Recorder {
  readonly #results: Result[] = [];
  readonly #run: Omit<LabResults, "results">;

  constructor(lab: LabName, kernel: string) {
    this.#run = { lab, kernel, began: Date.now() };
    this.#write();
  }

  add(result: Result): void {
    this.#results.push(result);
    this.#write();
  }

  #write(): void {
    mkdirSync(folder, { recursive: true });
    const run: LabResults = { ...this.#run, results: this.#results };
    writeFileSync(resultsFile(this.#run.lab), `${JSON.stringify(run, null, 2)}\n`);
  }
}

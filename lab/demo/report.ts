/** What the demo tells a person: a line for each step with the time it took, tables, and what goes on meanwhile. */
import { showProgress } from "../../src/cli/progress.ts";
import { type Column, formatTable } from "../../src/cli/table.ts";
import { processTerminal, type Terminal } from "../../src/cli/terminal.ts";

/** Milliseconds after which a log that nobody watches is told that something goes on. */
const QUIET = 2_000;

/** Columns that a step's mark and time take, before its text. */
const MARGIN = " ".repeat(17);

const INDENT = "    ";

/** Tells what a step is doing at this moment. */
export type Detail = (line: string) => void;

/** A step failed, and the report has said so. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
}

export interface ReportOptions {
  /** Default: this process's own. */
  readonly terminal?: Terminal;
  /** A step that ends when this is aborted was interrupted: that is no failure to be told. */
  readonly interrupt?: AbortSignal;
}

export class Report {
  readonly #terminal: Terminal;
  readonly #interrupt: AbortSignal | undefined;
  #spokenAt = 0;
  /** Whether the last line was empty. */
  #spaced = false;

  constructor(options: ReportOptions = {}) {
    this.#terminal = options.terminal ?? processTerminal();
    this.#interrupt = options.interrupt;
  }

  /** A line between empty lines. */
  title(text: string): void {
    this.#block([this.#paint("bold", text)]);
  }

  /** A remark on the step before it. */
  note(text: string): void {
    this.#print(`${MARGIN}${text}`);
  }

  /** A table, indented, between empty lines. */
  table(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
    const [titles = "", ...lines] = formatTable(columns, rows);
    this.#block([this.#paint("bold", titles), ...lines].map((line) => `${INDENT}${line}`));
  }

  /**
   * Does a step and prints its line when it is over. Meanwhile a person at a terminal sees its time run and its details;
   * a log gets a detail now and then.
   *
   * @throws StepFailure when the step fails, after it was printed why
   */
  async step<T>(text: string, work: (detail: Detail) => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await this.#watch(text, began, work).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      if (!this.#interrupt?.aborted) {
        this.#print(this.#stepLine("red", "FAILED", began, text));
        this.#print(indented(why));
      }
      throw new StepFailure(why, { cause: error });
    });
    this.#print(this.#stepLine("green", "ok", began, text));
    return result;
  }

  async #watch<T>(text: string, began: number, work: (detail: Detail) => Promise<T>): Promise<T> {
    let latest = "";
    const line = () => this.#fitting(`${INDENT}${seconds(began)}  ${text}${latest && ": "}${latest}`);
    using _shown = showProgress(this.#terminal, line);
    this.#spokenAt = performance.now();
    return await work((detail) => {
      latest = detail;
      if (this.#terminal.watched || performance.now() - this.#spokenAt < QUIET) return;
      this.#print(`${MARGIN}${detail}`);
    });
  }

  #stepLine(colour: "green" | "red", mark: string, began: number, text: string): string {
    return `  ${this.#paint(colour, mark.padEnd(6))} ${seconds(began)}  ${text}`;
  }

  /** Lines between empty lines, one where two blocks meet. */
  #block(lines: readonly string[]): void {
    this.#print([...(this.#spaced ? [] : [""]), ...lines, ""].join("\n"));
    this.#spaced = true;
  }

  #print(text: string): void {
    this.#spokenAt = performance.now();
    this.#spaced = false;
    this.#terminal.out(`${text}\n`);
  }

  /** One row of the terminal: a longer line would not be wiped out by the next. */
  #fitting(line: string): string {
    const width = process.stderr.columns || 80;
    return line.length < width ? line : `${line.slice(0, width - 2)}…`;
  }

  #paint(style: keyof typeof styles, text: string): string {
    return this.#terminal.colour ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
  }
}

const styles = { bold: 1, red: 31, green: 32 } as const;

/** Time since then, as wide for a minute as for a moment. */
function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`.padStart(6);
}

function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `${MARGIN}${line}`)
    .join("\n");
}

/** Where a command says what it has found: results on standard output, everything else on standard error. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Results go to a person: titles may be bold. */
  colour: boolean;
  /** A person is watching standard error: progress is welcome. */
  watched: boolean;
}

/** The terminal, file or pipe that this process was started with. */
export function processTerminal(env: Readonly<Record<string, string | undefined>> = process.env): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colour: process.stdout.isTTY === true && !env.NO_COLOR,
    watched: process.stderr.isTTY === true,
  };
}

const BOLD = "\u001b[1m";
const RESET = "\u001b[0m";

/** Prints a table's lines, the titles in bold where that is shown. */
export function printTable(terminal: Terminal, [titles = "", ...rows]: string[]): void {
  terminal.out(terminal.colour ? `${BOLD}${titles}${RESET}\n` : `${titles}\n`);
  for (const row of rows) terminal.out(`${row}\n`);
}

/** Prints a value for other programs. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, null, 2)}\n`);
}

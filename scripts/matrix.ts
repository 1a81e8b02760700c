/**
 * Prints the matrix from what the labs' last runs have written: `bun scripts/matrix.ts [--since MILLISECONDS]`.
 * Exits with 1 when a check of a cell is missing, has failed, or was run before `since` (default: the build of
 * dist/skynet).
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { labNames } from "../test/e2e/matrix/cells.ts";
import { readResults } from "../test/e2e/matrix/results.ts";
import { matrixReport } from "./matrix-table.ts";

const { values } = parseArgs({ options: { since: { type: "string" } } });
const since = values.since === undefined ? builtAt() : Number(values.since);
const runs = labNames.map(readResults).filter((run) => run !== undefined);
const { lines, failures } = matrixReport(runs, since);
console.log(lines.map(painted).join("\n"));
if (failures.length > 0) console.log(["", "not proven:", ...failures.map((line) => `  ${line}`)].join("\n"));
process.exitCode = failures.length === 0 ? 0 : 1;

/** When the executable was built that the labs have run: milliseconds since 1970. */
function builtAt(): number {
  return statSync(join(import.meta.dir, "../dist/skynet"), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
}

function painted(line: string): string {
  if (!process.stdout.isTTY || process.env.NO_COLOR) return line;
  const paint = (colour: number) => (sign: string) => `\x1b[${colour}m${sign}\x1b[0m`;
  return line.replace(/✓/g, paint(32)).replace(/✗|missing/g, paint(31));
}

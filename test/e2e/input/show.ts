/** All findings as a text for people: each case, its code, and what a user would read. */
import { type Finding, type Findings, keyOf } from "./arena.ts";
import { tables } from "./cases/index.ts";

export function show(findings: Findings): string {
  const lines = tables.flatMap(({ topic, cases }) => [
    `\n${topic}`,
    ...cases.map((one) => line(one.name, findings.cases[keyOf(topic, one)])),
  ]);
  return `${lines.join("\n")}\n`;
}

function line(name: string, finding: Finding | undefined): string {
  if (finding === undefined) return `  ${name}: not run`;
  const { code, said } = read(finding);
  return `  ${name}\n    ${code}: ${said}`;
}

function read({ exitCode, stdout, stderr }: Finding): { code: string; said: string } {
  try {
    const { code, msg } = JSON.parse(stdout);
    if (code !== undefined) return { code: String(code), said: msg };
  } catch {
    // No error: the log is what there is to read.
  }
  return { code: `exit ${exitCode}`, said: stderr.trim() || stdout.trim() || "(nothing)" };
}

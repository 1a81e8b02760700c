/**
 * Runs every suite of the project and counts them together: `bun scripts/test.ts [--soak] [--only SUITE]`.
 * The last line is `N passed, N failed`, and the exit code is 0 only when all passed.
 *
 * A suite that cannot run where it must run has failed.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { processes, processStat, signal } from "../lab/proc.ts";
import { waitFor } from "../lab/wait.ts";
import { enclose } from "./enclosure.ts";
import { countJunit, failedTests } from "./junit.ts";
import { everything, type Lane, type Stage, type Suite, soak, testPaths } from "./suites.ts";
import { counted, type Row, summary, total } from "./summary.ts";

const root = join(import.meta.dir, "..");
const reports = join(root, ".work", "reports");
/** Minutes until a suite is given up: none takes half of it. */
const DEADLINE = { test: 20, soak: 240 };

const { values: options } = parseArgs({
  options: { soak: { type: "boolean", default: false }, only: { type: "string" } },
});
/** What is to be done to what runs when a signal comes. */
const endings = new Set<() => void>();
let interrupted: number | undefined;
listenForInterruption();
process.exitCode = await main();

async function main(): Promise<number> {
  const stages = chosen(options.soak ? soak : everything, options.only);
  const complaint = unfit(stages);
  if (complaint !== undefined) {
    console.error(complaint);
    return 2;
  }
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const rows: Row[] = [];
  for (const stage of stages) {
    const lanes = await Promise.all(stage.map((lane) => runLane(lane, rows)));
    rows.push(...lanes.flat());
    if (interrupted !== undefined) return interrupted;
  }
  console.log(`\n${summary(rows)}`);
  const { passed, failed } = total(rows);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** The stages with only those suites whose name has `only` in it, and what they cannot do without. */
function chosen(stages: readonly Stage[], only: string | undefined): Stage[] {
  if (only === undefined) return [...stages];
  const wanted = (suite: Suite) => suite.name.includes(only);
  if (!stages.flat(2).some(wanted)) return [];
  return stages.map((stage) => stage.map((lane) => lane.filter((suite) => suite.required || wanted(suite))));
}

/** Why nothing can be run, or nothing. */
function unfit(stages: readonly Stage[]): string | undefined {
  if (stages.length === 0) {
    const names = everything.flat(2).map(({ name }) => name);
    return `no suite is called "${options.only}"; there are: ${names.join(", ")}`;
  }
  if (process.getuid?.() !== 0) {
    return 'The tests make network namespaces and need root: become root, or run only "make unit".';
  }
  const paths = testPaths(everything);
  const covered = (file: string) => paths.some((path) => file === path || file.startsWith(`${path}/`));
  const files = [...new Bun.Glob("{src,lab,scripts,test}/**/*.test.ts").scanSync(root)];
  const strays = files.filter((file) => !covered(file));
  return strays.length === 0 ? undefined : `no suite runs ${strays.join(", ")}: see scripts/suites.ts`;
}

async function runLane(lane: Lane, before: readonly Row[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const suite of lane) {
    if (interrupted !== undefined) break;
    rows.push(missingFor(suite, [...before, ...rows]) ?? (await run(suite)));
  }
  return rows;
}

/** The failure of a suite that is not run, because something that it needs has failed. */
function missingFor({ name }: Suite, before: readonly Row[]): Row | undefined {
  const needed = everything.flat(2).filter(({ required }) => required);
  const failed = before.find((row) => row.failed > 0 && needed.some((suite) => suite.name === row.name));
  if (failed === undefined) return undefined;
  return { name, passed: 0, failed: 1, seconds: 0, failures: [`not run, because ${failed.name} failed`] };
}

async function run(suite: Suite): Promise<Row> {
  const started = performance.now();
  const report = join(reports, `${suite.name.replaceAll(" ", "-")}.xml`);
  const command = suite.tests
    ? [...suite.command, "--reporter=junit", `--reporter-outfile=${report}`]
    : suite.command;
  const exitCode = suite.enclosed
    ? await runEnclosed(suite, command)
    : await watch(suite, command, { ...suite.env });
  const seconds = (performance.now() - started) / 1000;
  const xml = existsSync(report) ? readFileSync(report, "utf8") : undefined;
  const counts = suite.tests
    ? countJunit(xml, exitCode)
    : { passed: Number(exitCode === 0), failed: Number(exitCode !== 0) };
  const failures = failedTests(xml ?? "");
  if (counts.failed > failures.length) failures.push(`ended with exit code ${exitCode}`);
  const row = { name: suite.name, ...counts, seconds, failures };
  if (interrupted === undefined) say(suite, `${counted(row)} in ${seconds.toFixed(1)} s`);
  return row;
}

async function runEnclosed(suite: Suite, command: readonly string[]): Promise<number> {
  const enclosure = enclose(command, join(root, ".work", "tmp", suite.name.replaceAll(" ", "-")), root);
  try {
    return await watch(suite, enclosure.argv, { ...suite.env, ...enclosure.env });
  } finally {
    enclosure.remove();
  }
}

/** Runs a command in a session of its own, so that Ctrl-C is heard here alone, and shows its lines as they come. */
async function watch(suite: Suite, argv: readonly string[], env: Record<string, string>): Promise<number> {
  const child = Bun.spawn([...argv], {
    cwd: root,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: DEADLINE[options.soak ? "soak" : "test"] * 60_000,
    killSignal: "SIGKILL",
  });
  // With an enclosure's first process all others end. What is not enclosed is asked: apt finishes what it unpacks.
  const end = suite.enclosed ? () => child.kill("SIGKILL") : () => signal(-child.pid, "SIGINT");
  endings.add(end);
  await Promise.all([showLines(suite, child.stdout), showLines(suite, child.stderr), child.exited]);
  endings.delete(end);
  const ended = () => processes().every((pid) => processStat(pid)?.session !== child.pid);
  if (interrupted !== undefined) await waitFor(`end of ${suite.name}`, ended, { timeout: 300_000 });
  return child.exitCode ?? 128 + 9;
}

async function showLines(suite: Suite, output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
  let rest = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) say(suite, line);
  }
  if (rest !== "") say(suite, rest);
}

function say({ name }: Suite, line: string): void {
  console.log(`${name.padEnd(12)} │ ${line}`);
}

/** The first signal ends what runs. */
function listenForInterruption(): void {
  for (const [name, number] of [["SIGHUP", 1] as const, ["SIGINT", 2] as const, ["SIGTERM", 15] as const]) {
    process.on(name, () => {
      if (interrupted === undefined) console.log("\ninterrupted: ending what runs");
      interrupted ??= 128 + number;
      for (const end of endings) end();
    });
  }
}

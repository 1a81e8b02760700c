/**
 * Runs every suite of the project, one after another, and counts them together:
 * `bun scripts/test.ts [--soak] [--only SUITE]`. The last line is `N passed, N failed`.
 *
 * A suite that cannot run where it must run has failed. Suites that need servers are started through the lab,
 * which brings them up in network namespaces, runs the command inside, and takes them down again.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Counts, countJunit } from "./junit.ts";

interface Suite {
  name: string;
  command: string[];
  /** The command is `bun test` and writes a JUnit report: its tests count, not only its exit code. */
  counted: boolean;
  env?: Record<string, string>;
}

const root = join(import.meta.dir, "..");
const reports = join(root, ".work", "reports");
const bun = process.execPath;

const { values: options } = parseArgs({
  options: { soak: { type: "boolean", default: false }, only: { type: "string" } },
});

const checks: Suite[] = [
  check("lint", [join(root, "node_modules/.bin/biome"), "check", "--error-on-warnings"]),
  check("types", [join(root, "node_modules/.bin/tsc"), "--noEmit"]),
  tests("unit", ["src", "lab", "scripts"]),
  check("build", [bun, "scripts/build.ts", "x64"]),
  check("packages", [bun, "lab/main.ts", "packages"]),
  tests("contract on the simulator", ["test/contract"]),
  tests("command line", ["test/e2e/cli"]),
  tests("wiring", ["test/e2e/wiring"]),
  tests("bad input", ["test/e2e/input"]),
  tests("plugin on the simulator", ["test/e2e/simulator"], { backend: "simulator" }),
  tests("random, with kills and faults", ["test/e2e/random"], { backend: "simulator" }),
  tests(
    "Neutron, linuxbridge agents, containerd",
    ["test/contract", "test/e2e/neutron", "test/e2e/containerd"],
    {
      backend: "neutron-keystone",
    },
  ),
];

const soak: Suite[] = [
  check("build", [bun, "scripts/build.ts", "x64"]),
  check("packages", [bun, "lab/main.ts", "packages"]),
  tests("random, with kills and faults", ["test/e2e/random"], {
    backend: "simulator",
    env: { SKYNET_SOAK: "1" },
  }),
];

process.exitCode = await main(options.soak ? soak : checks);

async function main(suites: Suite[]): Promise<number> {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  const chosen =
    options.only === undefined ? suites : suites.filter(({ name }) => name.includes(options.only ?? ""));
  if (chosen.length === 0) {
    console.error(
      `no suite is called "${options.only}"; there are: ${suites.map(({ name }) => name).join("; ")}`,
    );
    return 2;
  }
  const rows: { name: string; counts: Counts; seconds: number }[] = [];
  for (const suite of chosen) {
    console.log(`\n=== ${suite.name}`);
    const started = performance.now();
    const counts = await run(suite);
    rows.push({ name: suite.name, counts, seconds: (performance.now() - started) / 1000 });
  }
  return summary(rows);
}

async function run(suite: Suite): Promise<Counts> {
  const report = join(reports, `${suite.name.replaceAll(/[^a-z]+/gi, "-")}.xml`);
  const command = suite.counted
    ? [...suite.command, "--reporter=junit", `--reporter-outfile=${report}`]
    : suite.command;
  const child = Bun.spawn(command, {
    cwd: root,
    env: { ...process.env, ...suite.env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exitCode = await child.exited;
  if (!suite.counted) return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  return countJunit(read(report), exitCode);
}

function summary(rows: { name: string; counts: Counts; seconds: number }[]): number {
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log(`\n${"suite".padEnd(width)}  passed  failed  seconds`);
  for (const { name, counts, seconds } of rows) {
    const columns = [
      String(counts.passed).padStart(6),
      String(counts.failed).padStart(6),
      seconds.toFixed(1).padStart(7),
    ];
    console.log(`${name.padEnd(width)}  ${columns.join("  ")}`);
  }
  const passed = rows.reduce((sum, { counts }) => sum + counts.passed, 0);
  const failed = rows.reduce((sum, { counts }) => sum + counts.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

function check(name: string, command: string[]): Suite {
  return { name, command, counted: false };
}

function tests(
  name: string,
  paths: string[],
  lab?: { backend: "simulator" | "neutron-keystone"; env?: Record<string, string> },
): Suite {
  const command = [bun, "test", "--timeout=120000", ...paths.map((path) => `./${path}`)];
  if (lab === undefined) return { name, command, counted: true };
  const inLab = [
    bun,
    "lab/main.ts",
    "run",
    "--name",
    `test${lab.backend.replace("-", "")}`,
    "--backend",
    lab.backend,
    "--",
    ...command,
  ];
  return { name, command: inLab, counted: true, ...(lab.env ? { env: lab.env } : {}) };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Which suites there are, in which order they run, and which of them side by side. */
import { join } from "node:path";

export interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  /** Folders whose tests `bun test` runs and counts; without them the command's exit code is all that counts. */
  readonly folders?: readonly string[];
  /** Runs as root in an enclosure: see `enclosure.ts`. */
  readonly enclosed?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** What comes later cannot do without it. */
  readonly required?: boolean;
}

/** Suites that run one after another. */
export type Lane = readonly Suite[];
/** Lanes that run side by side; the next stage begins when all have ended. */
export type Stage = readonly Lane[];

const root = join(import.meta.dir, "..");
const bun = process.execPath;
const apiOfRealNeutron = "http://10.200.0.254:9696";

const build = step("build", [bun, "scripts/build.ts", "x64"], { required: true });
const packages = step("packages", [bun, "lab/main.ts", "packages"], { required: true });
const random = tests("random", ["test/e2e/random"], { backend: "simulator" });

/** What `make test` runs. */
export const everything: readonly Stage[] = [
  [
    [
      step("lint", [join(root, "node_modules/.bin/biome"), "check", "--error-on-warnings"]),
      step("types", [join(root, "node_modules/.bin/tsc"), "--noEmit"]),
    ],
    [tests("unit", ["src", "lab", "scripts", "test/bench"], { quiet: true }), build],
  ],
  [[packages]],
  [
    [
      tests("neutron", ["test/contract", "test/e2e/neutron", "test/e2e/containerd"], {
        backend: "neutron-keystone",
        env: { NEUTRON_URL: apiOfRealNeutron },
      }),
    ],
    [
      enclosed(tests("contract", ["test/contract"])),
      enclosed(tests("command line", ["test/e2e/cli"])),
      enclosed(tests("wiring", ["test/e2e/wiring"])),
      enclosed(tests("input", ["test/e2e/input"])),
      enclosed(tests("demo", ["test/e2e/demo"])),
      tests("simulator", ["test/e2e/simulator"], { backend: "simulator" }),
      random,
    ],
  ],
];

/** What `make soak` runs. */
export const soak: readonly Stage[] = [
  [[build], [packages]],
  [[{ ...random, env: { ...random.env, SKYNET_SOAK: "1" } }]],
];

/** Folders of `stages` whose tests are counted. */
export function testFolders(stages: readonly Stage[]): string[] {
  return stages.flat(2).flatMap(({ folders }) => folders ?? []);
}

function step(name: string, command: string[], options: { required?: boolean } = {}): Suite {
  return { name, command, ...options };
}

interface TestOptions {
  /** Bring a lab up for them, and run them in its control namespace. */
  readonly backend?: "simulator" | "neutron-keystone";
  /** Show failures alone. */
  readonly quiet?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

function tests(name: string, folders: string[], options: TestOptions = {}): Suite {
  const { backend, quiet, env = {} } = options;
  const test = [bun, "test", "--timeout=120000", ...(quiet ? ["--only-failures"] : [])];
  const command = [...test, ...folders.map((folder) => `./${folder}`)];
  if (backend === undefined) return { name, folders, command, env };
  const inLab = [bun, "lab/main.ts", "run", "--name", "test", "--backend", backend, "--", ...command];
  return enclosed({ name, folders, command: inLab, env });
}

function enclosed(suite: Suite): Suite {
  return { ...suite, enclosed: true };
}

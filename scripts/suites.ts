/** Which suites there are, in which order they run, and which of them side by side. */
import { join } from "node:path";
import type { Backend } from "../lab/layout.ts";
import type { NodeKind } from "../lab/node-kinds.ts";
import { type LabName, labs } from "../test/e2e/matrix/cells.ts";

export interface Suite {
  readonly name: string;
  readonly command: readonly string[];
  /** Files and folders whose tests `bun test` runs and counts; without them the command's exit code is all that counts. */
  readonly tests?: readonly string[];
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
const random = tests("random", ["test/e2e/random"], { lab: { backend: "simulator" } });
const besideSimulator = { lab: { backend: "simulator" } } as const;
const besideSwitch = { lab: { backend: "simulator", nodes: ["bare", "openvswitch"] } } as const;
/** Agents, plugins, Neutron, API server and switch die by chance, or are away for a whole test. */
const twoKinds = { nodes: ["linuxbridge", "openvswitch"] } as const;
const kills = tests("agent: kills", ["test/e2e/agent-kills"], { lab: { backend: "simulator", ...twoKinds } });
const outage = tests("agent: outage", ["test/e2e/agent-outage"], {
  lab: { backend: "simulator", ...twoKinds },
});
const onRealNeutron = { lab: { backend: "neutron", ...twoKinds } } as const;
const realKills = tests("agent: kills on real Neutron", ["test/e2e/agent-kills"], onRealNeutron);
const realNeutron = tests(
  "agent: real Neutron",
  ["test/e2e/agent-kills", "test/e2e/agent-outage/neutron.test.ts", "test/e2e/hot-ports/crowd.test.ts"],
  onRealNeutron,
);
/** On linuxbridge it is part of another suite. */
const isolation = "test/e2e/neutron/isolation.test.ts";
const crash = tests("crash", ["test/e2e/crash"], besideSwitch);

/** Tests of wiring that meet something else there: VLAN devices, Open vSwitch's kernel datapath, older devices and filters. */
const otherInSecondKernel = [
  "test/e2e/wiring/openvswitch-existing-bridge.test.ts",
  "test/e2e/wiring/openvswitch-with-agent.test.ts",
  "test/e2e/wiring/openvswitch-without-agent.test.ts",
  "test/e2e/wiring/openvswitch-parking.test.ts",
  "test/e2e/wiring/linuxbridge-parking.test.ts",
  "test/e2e/wiring/conntrack.test.ts",
  "test/e2e/wiring/macvlan.test.ts",
  "test/e2e/second-kernel",
];

/** What `make test` runs. A second kernel takes one processor whole, so no more than two are there at a time. */
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
        lab: { backend: "neutron-keystone" },
        env: { NEUTRON_URL: apiOfRealNeutron },
      }),
    ],
    [
      enclosed(tests("contract", ["test/contract"])),
      enclosed(tests("command line", ["test/e2e/cli"])),
      enclosed(tests("wiring", ["test/e2e/wiring"])),
      enclosed(tests("input", ["test/e2e/input"])),
      enclosed(tests("demo", ["test/e2e/demo"])),
      enclosed(tests("guest", ["test/e2e/guest"])),
      tests("simulator", ["test/e2e/simulator"], besideSimulator),
      tests("fleet", ["test/e2e/fleet"]),
      tests("agent", ["test/e2e/agent"], besideSimulator),
      tests("agent: reconciliation", ["test/e2e/agent-reconcile"], besideSwitch),
      kills,
      outage,
      tests("openvswitch", ["test/e2e/openvswitch"], {
        lab: { backend: "simulator", nodes: ["openvswitch"] },
      }),
      crash,
      random,
    ],
  ],
  [
    [
      matrix("neutron", [isolation, "test/e2e/hot-ports"]),
      realKills,
      matrix("ovn", [isolation]),
      matrix("second-kernel"),
    ],
    [
      enclosed(tests("second kernel: wiring", otherInSecondKernel, { guest: true })),
      tests("second kernel: crash", ["test/e2e/crash"], {
        lab: { backend: "simulator", nodes: ["bare"] },
        guest: true,
        env: { SKYNET_CRASH_WIRINGS: "linuxbridge vlan,macvlan vlan" },
      }),
      matrix("second-kernel-bare"),
    ],
  ],
  [[step("matrix", [bun, "scripts/matrix.ts"])]],
];

/** What `make soak` runs. */
export const soak: readonly Stage[] = [
  [[build], [packages]],
  [
    [random, crash, kills, realNeutron].map((suite) => ({
      ...suite,
      env: { ...suite.env, SKYNET_SOAK: "1" },
    })),
  ],
];

/** Files and folders of `stages` whose tests are counted. */
export function testPaths(stages: readonly Stage[]): string[] {
  return stages.flat(2).flatMap(({ tests }) => tests ?? []);
}

function step(name: string, command: string[], options: { required?: boolean } = {}): Suite {
  return { name, command, ...options };
}

interface TestOptions {
  /** Bring a lab up for them, and run them in its control namespace. */
  readonly lab?: { readonly backend: Backend; readonly nodes?: readonly NodeKind[] };
  /** In the second kernel. */
  readonly guest?: boolean;
  /** Show failures alone. */
  readonly quiet?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

function tests(name: string, paths: string[], options: TestOptions = {}): Suite {
  const { lab, guest, quiet, env = {} } = options;
  const command = [
    ...(guest ? [bun, "lab/second-kernel/main.ts", "--"] : []),
    ...(lab ? [bun, "lab/main.ts", "run", "--name", "test", "--backend", lab.backend] : []),
    ...(lab?.nodes ? ["--nodes", lab.nodes.join(",")] : []),
    ...(lab ? ["--"] : []),
    ...[bun, "test", `--timeout=${guest ? 600_000 : 120_000}`, ...(quiet ? ["--only-failures"] : [])],
    ...paths.map((path) => `./${path}`),
  ];
  return { name, tests: paths, command, env, enclosed: lab !== undefined || guest === true };
}

/** The cells of the matrix that one lab proves; `more` runs in the same lab. */
function matrix(name: LabName, more: readonly string[] = []): Suite {
  const { backend, nodes, secondKernel: guest } = labs[name];
  const paths = [`test/e2e/matrix/${name}.test.ts`, ...more];
  return tests(`matrix: ${name}`, paths, { lab: { backend, nodes }, guest });
}

function enclosed(suite: Suite): Suite {
  return { ...suite, enclosed: true };
}

/**
 * A lab: nodes as network namespaces, a control namespace with Neutron or its simulator, and the wires between them.
 *
 * @example
 * ```ts
 * // in a test that `bun lab/main.ts run --name e2e -- bun test …` started
 * const lab = Lab.attach();
 * const pod = await lab.node(1).addPod("web");
 * const result = await lab.node(1).runtime(config).add(pod);
 * ```
 */
import { existsSync, mkdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { loadBridgeFirewall } from "./bridge-firewall.ts";
import {
  apiUrl,
  type Backend,
  checkout,
  inNamespace,
  keystoneApiUrl,
  keystoneUrl,
  LabLayout,
  labFolderVariable,
  labNameVariable,
  netnsPath,
} from "./layout.ts";
import type { Neutron } from "./neutron/neutron.ts";
import { Node } from "./node.ts";
import { hasAgent, kindsOfNodes, type NodeKind, packagesOfNodes } from "./node-kinds.ts";
import { installPackages, type PackageSet } from "./packages.ts";
import { killLabProcesses } from "./process.ts";
import type { Seeded } from "./seed.ts";
import { labNeutron } from "./servers.ts";
import { Simulator } from "./simulator.ts";
import { type LabState, readState, writeState } from "./state.ts";
import { addUnderlay, removeUnderlay } from "./underlay.ts";

export interface LabOptions {
  readonly name: string;
  /** Default `simulator`. */
  readonly backend?: Backend;
  /** The kind of each node, or how many of the backend's own kind; default 2, or those there are. */
  readonly nodes?: number | readonly NodeKind[];
  /** The lab's folder; default `/tmp/skynet-lab-<name>`. */
  readonly dir?: string;
  /** Gives up when aborted, leaving nothing. */
  readonly signal?: AbortSignal;
}

/** A lab is not there, or not as the caller needs it. */
export class LabError extends Error {
  override readonly name = "LabError";
}

const packagesOf: Record<Backend, readonly PackageSet[]> = {
  simulator: ["base"],
  neutron: ["base", "neutron"],
  "neutron-keystone": ["base", "neutron", "keystone"],
  "neutron-ovn": ["base", "neutron", "ovn"],
};

export class Lab {
  readonly layout: LabLayout;
  readonly backend: Backend;
  readonly nodes: readonly Node[];
  readonly #state: LabState;

  private constructor(layout: LabLayout, state: LabState) {
    this.layout = layout;
    this.backend = state.backend;
    this.#state = state;
    this.nodes = state.nodes.map((kind, index) => new Node(layout, index + 1, kind));
  }

  /**
   * Brings a lab up, or the rest of one that is partly up. Needs root. Undo: {@link stop}.
   * When it fails nothing is left.
   */
  static async start(options: LabOptions): Promise<Lab> {
    const layout = new LabLayout(options.name, options.dir);
    const backend = options.backend ?? "simulator";
    const present = readState(layout);
    const nodes = kindsOfNodes(backend, options.nodes ?? (present?.backend === backend ? present.nodes : 2));
    const asked = { name: layout.name, backend, nodes };
    if (present && describe(present) !== describe(asked)) {
      throw new LabError(`lab ${layout.name} is up with ${describe(present)}: take it down first`);
    }
    if (process.getuid?.() !== 0) throw new LabError("a lab needs root: it makes network namespaces");
    await installPackages([...packagesOf[backend], ...packagesOfNodes(asked.nodes)]);
    if (nodes.some((kind) => kind === "linuxbridge" && hasAgent(backend, kind))) await loadBridgeFirewall();
    try {
      if (!present) await writeState(layout, asked);
      for (const index of asked.nodes.keys()) {
        mkdirSync(layout.path(layout.hostname(index + 1)), { recursive: true });
      }
      await addUnderlay(layout, asked.nodes.length);
      await startServersInControl(layout, options.signal);
    } catch (error) {
      await Lab.clean(layout.name, layout.dir);
      throw error;
    }
    return Lab.attach(layout.name, layout.dir);
  }

  /** The named lab, or the one this process was started for (by environment). */
  static attach(name?: string, dir?: string): Lab {
    const layout = name === undefined ? layoutOfEnvironment() : new LabLayout(name, dir);
    const state = readState(layout);
    if (!state)
      throw new LabError(`lab ${layout.name} is not up: run "bun lab/main.ts up --name ${layout.name}"`);
    return new Lab(layout, state);
  }

  /** Ends every process of a lab, removes its namespaces and its folder; also of one that was left by a crash. */
  static async clean(name: string, dir?: string): Promise<void> {
    const layout = new LabLayout(name, dir);
    await killLabProcesses(layout.dir);
    await removeUnderlay(layout);
    rmSync(layout.dir, { recursive: true, force: true });
  }

  get name(): string {
    return this.layout.name;
  }

  /** The API that is open to everybody; reachable from the control namespace and the nodes. */
  get url(): string {
    return apiUrl;
  }

  /** The API that asks for tokens: with backend `neutron-keystone`. */
  get keystoneApiUrl(): string {
    return keystoneApiUrl;
  }

  get keystoneUrl(): string {
    return keystoneUrl;
  }

  /** Ids of the networks, subnets and groups that are there from the beginning. */
  get seeded(): Seeded {
    if (!this.#state.seeded) throw new LabError(`lab ${this.name} never came up whole: take it down`);
    return this.#state.seeded;
  }

  /** Node 1, 2, … */
  node(index: number): Node {
    const node = this.nodes[index - 1];
    if (!node) throw new LabError(`lab ${this.name} has nodes 1 to ${this.nodes.length}, not ${index}`);
    return node;
  }

  /** The servers of a real Neutron, to end and start again. Use it from the control namespace. */
  get neutron(): Neutron {
    if (this.backend === "simulator") throw new LabError(`lab ${this.name} runs the simulator`);
    return labNeutron(this.layout, this.#state);
  }

  /** The simulator, to end and start again. Use it from the control namespace. */
  get simulator(): Simulator {
    if (this.backend !== "simulator") throw new LabError(`lab ${this.name} runs Neutron`);
    return new Simulator(this.layout);
  }

  /** Whether this process is in the control namespace, where the API answers. */
  get inside(): boolean {
    const path = netnsPath(this.layout.control);
    return existsSync(path) && readlinkSync("/proc/self/ns/net") === `net:[${statSync(path).ino}]`;
  }

  async stop(): Promise<void> {
    await Lab.clean(this.layout.name, this.layout.dir);
  }
}

function describe({ backend, nodes }: LabState): string {
  return `backend ${backend} and nodes ${nodes.join(",")}`;
}

function layoutOfEnvironment(): LabLayout {
  const name = Bun.env[labNameVariable];
  if (!name) throw new LabError(`no lab: run this with "bun lab/main.ts run --name NAME -- COMMAND"`);
  return new LabLayout(name, Bun.env[labFolderVariable]);
}

async function startServersInControl(layout: LabLayout, signal?: AbortSignal): Promise<void> {
  const main = [
    process.execPath,
    `${checkout}/lab/main.ts`,
    "servers",
    "--name",
    layout.name,
    "--dir",
    layout.dir,
  ];
  const child = Bun.spawn(inNamespace(layout.control, main), {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...Bun.env, ...layout.environment },
    ...(signal === undefined ? {} : { signal }),
  });
  const status = await child.exited;
  if (signal?.aborted) throw new LabError(`interrupted while lab ${layout.name} came up`);
  if (status !== 0) throw new LabError(`the servers of lab ${layout.name} did not come up`);
}

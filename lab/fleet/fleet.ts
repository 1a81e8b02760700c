import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load } from "../simulator/processors.ts";
import { type Simulator, startSimulator } from "../simulator/server.ts";
import { FleetNode } from "./node.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A Neutron of ordinary size, and agents on the nodes that take as long as Neutron's linuxbridge agent was seen to. */
const NEUTRON = { processors: 4, write_ms: [250, 450], read_ms: [20, 50], active_delay_ms: 2_000 } as const;
/** How often is looked whether a node has come to something. */
const LOOK_MS = 500;
/** Where files are in memory: a hundred stores keep a disk busy. */
const MEMORY = "/dev/shm";
/** What has not come by then never will. */
const LONGEST_MS = 3_600_000;

export interface FleetOptions {
  readonly nodes: number;
  /** Keys of every node's section `agent`; default the configuration's own defaults. */
  readonly agent?: Readonly<Record<string, unknown>>;
  /** Calls that may wait at Neutron; the next is refused. 0, the default: any number. */
  readonly queueLimit?: number;
}

/** What Neutron was asked for, by method and collection, and what that cost it. */
export interface Traffic {
  readonly calls: Readonly<Record<string, number>>;
  /** Calls that were answered 503. */
  readonly refused: number;
  readonly load: Load;
  /** Processors' time there was. */
  readonly availableMs: number;
}

/** Many nodes and one Neutron, in virtual time. */
export class Fleet implements AsyncDisposable {
  readonly nodes: readonly FleetNode[];
  #since = 0;

  private constructor(
    readonly time: VirtualTime,
    private readonly simulator: Simulator,
    private readonly dir: string,
    networkId: string,
    { nodes, agent = {} }: FleetOptions,
  ) {
    const names = Array.from({ length: nodes }, (_, index) => `node${index + 1}`);
    this.nodes = names.map((name) => new FleetNode(simulator, { name, dir, networkId, agent }));
  }

  /** Nodes with empty stores, whose agents are not started. */
  static async open(time: VirtualTime, options: FleetOptions): Promise<Fleet> {
    const dir = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), "skynet-fleet-"));
    // What is in memory stays there when the process ends without the fleet's own end.
    process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
    const simulator = startSimulator({ random: Math.random });
    const networkId = await furnish(simulator, options);
    return new Fleet(time, simulator, dir, networkId, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    for (const node of this.nodes) node.close();
    await this.simulator.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Begins to count calls and load anew. */
  async count(): Promise<void> {
    await api(this.simulator, "DELETE", "/_sim/calls");
    await api(this.simulator, "DELETE", "/_sim/load");
    this.#since = this.time.now;
  }

  /** What has come to Neutron since `count`. */
  async traffic(): Promise<Traffic> {
    const { counts, log } = await api<Calls>(this.simulator, "GET", "/_sim/calls");
    const load = await api<Load>(this.simulator, "GET", "/_sim/load");
    const refused = log.filter(({ status }) => status === 503).length;
    const availableMs = (this.time.now - this.#since) * NEUTRON.processors;
    return { calls: counts, refused, load, availableMs };
  }

  /** Neutron refuses every call for load, or serves again. */
  async refuse(isRefusing: boolean): Promise<void> {
    const fault = { times: 0, action: { status: 503 } };
    await api(this.simulator, isRefusing ? "POST" : "DELETE", "/_sim/faults", isRefusing ? fault : undefined);
  }

  /** Waits until it holds of a node, in milliseconds from now, for every node. */
  async until(holds: (node: FleetNode) => boolean): Promise<number[]> {
    const began = this.time.now;
    const waits = this.nodes.map(async (node) => {
      while (!holds(node)) {
        if (this.time.now - began > LONGEST_MS) throw new Error(`${node.options.name} never gets there`);
        await this.time.sleep(LOOK_MS);
      }
      return this.time.now - began;
    });
    return Promise.all(waits);
  }

  /**
   * Compares Neutron's ports with what the nodes know of.
   *
   * @returns a line for each that only one of them has
   */
  async leaks(): Promise<string[]> {
    const { ports } = await api<{ ports: { id: string }[] }>(this.simulator, "GET", "/v2.0/ports?fields=id");
    const inNeutron = new Set(ports.map(({ id }) => id));
    const onNodes = this.nodes.flatMap((node) => node.portIds);
    const known = new Set(onNodes);
    return [
      ...[...inNeutron].filter((id) => !known.has(id)).map((id) => `no node knows of Neutron's port ${id}`),
      ...[...known].filter((id) => !inNeutron.has(id)).map((id) => `Neutron has no port ${id}`),
      ...(onNodes.length === known.size ? [] : ["a port is known twice"]),
    ];
  }
}

interface Calls {
  counts: Record<string, number>;
  log: { status: number }[];
}

/** A network with room for all, and Neutron's agents; none of it costs time. @returns the network's id */
async function furnish(simulator: Simulator, { nodes, queueLimit = 0 }: FleetOptions): Promise<string> {
  const { network } = await api<{ network: { id: string } }>(simulator, "POST", "/v2.0/networks", {
    network: { name: "tenant", project_id: "fake_project_id" },
  });
  const subnet = { network_id: network.id, ip_version: 4, cidr: "10.0.0.0/16", enable_dhcp: false };
  await api(simulator, "POST", "/v2.0/subnets", { subnet: { ...subnet, project_id: "fake_project_id" } });
  await api(simulator, "PUT", "/v2.0/quotas/fake_project_id", { quota: { port: -1 } });
  for (let node = 1; node <= nodes; node++) {
    await api(simulator, "POST", "/_sim/agents", { host: `node${node}` });
  }
  await api(simulator, "POST", "/_sim/settings", { ...NEUTRON, queue_limit: queueLimit });
  await api(simulator, "DELETE", "/_sim/calls");
  return network.id;
}

async function api<T = unknown>(
  simulator: Simulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await simulator.answer(new Request(simulator.url + path, { method, ...init }));
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === "" ? {} : JSON.parse(text)) as T;
}

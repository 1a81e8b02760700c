/** The nodes of a lab as Kubernetes nodes: containerd on each, with `dist/skynet` as its only network plugin. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AgentProcess, agentSocket } from "../../../lab/agent-process.ts";
import { ContainerdNode } from "../../../lab/containerd/node.ts";
import { Lab } from "../../../lab/lab.ts";
import { checkout } from "../../../lab/layout.ts";
import { leaks, type Snapshot, snapshot } from "../../../lab/leaks.ts";
import type { Node } from "../../../lab/node.ts";
import { openStore } from "../../../src/state/index.ts";

/** Name of the CNI network: ports carry it in a tag. */
const network = "containerd-e2e";

/** What these tests read of a Neutron port. */
export interface PortFacts {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly mac_address: string;
  readonly network_id: string;
  readonly security_groups: readonly string[];
  readonly fixed_ips: readonly { readonly ip_address: string; readonly subnet_id: string }[];
  readonly "binding:host_id": string;
  readonly tags: readonly string[];
}

export class Cluster {
  readonly lab: Lab;
  readonly nodes: readonly ContainerdNode[];
  readonly #before: Snapshot;

  private constructor(lab: Lab, before: Snapshot) {
    this.lab = lab;
    this.nodes = lab.nodes.map(({ hostname, namespace }) => {
      const dir = lab.layout.path("cri", hostname);
      return new ContainerdNode({ hostname, namespace, dir, environment: lab.layout.environment });
    });
    this.#before = before;
  }

  /**
   * Starts containerd on every node of the lab that this process runs in. Undo: {@link Cluster.stop}.
   *
   * @param agent section `agent` of a node's configuration: see {@link Cluster.agent}
   * @throws Error when the lab has no real Neutron, or something to test with is missing
   */
  static async start(agent: object = {}): Promise<Cluster> {
    const lab = Lab.attach();
    if (lab.backend === "simulator") throw new Error("these tests need a real Neutron, not the simulator");
    const plugin = join(checkout, "dist/skynet");
    if (!existsSync(plugin)) throw new Error(`${plugin} is missing: run "make build"`);
    const cluster = new Cluster(lab, await snapshot(lab));
    try {
      await Promise.all(cluster.nodes.map((node) => cluster.#startNode(node, plugin, agent)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** Node 1, 2, … */
  node(index: number): ContainerdNode {
    const node = this.nodes[index - 1];
    if (node === undefined) throw new RangeError(`there are nodes 1 to ${this.nodes.length}`);
    return node;
  }

  /** The agent of a node, which is not started. It runs where containerd does, for it opens the pods' namespaces by their paths. */
  agent(node: ContainerdNode): AgentProcess {
    return new AgentProcess(this.#labNode(node), node.networkFile, "agent-containerd", (argv) =>
      node.inside(argv),
    );
  }

  /** Deletes the ports that a node's agent, which has ended, kept ready. */
  async release(node: ContainerdNode): Promise<void> {
    await node.run([join(node.paths.cniBin, "skynet"), "release", "--config", node.networkFile]);
  }

  #labNode({ hostname }: ContainerdNode): Node {
    const node = this.lab.nodes.find((one) => one.hostname === hostname);
    if (node === undefined) throw new RangeError(`the lab has no node ${hostname}`);
    return node;
  }

  /** Removes every pod, whatever state it is in. */
  async removePods(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.removeSandboxes()));
  }

  /** Ends containerd on all nodes, and deletes the ports that tests which failed have left. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    for (const { id } of await this.ports()) await this.#api("DELETE", `ports/${id}`);
  }

  /** The ports of this cluster's network, or of one sandbox. */
  async ports(sandbox?: string): Promise<PortFacts[]> {
    const filter =
      sandbox === undefined ? `tags=skynet-network=${network}` : `device_id=skynet:${sandbox}:eth0`;
    const response = await this.#api("GET", `ports?${filter}`);
    return ((await response.json()) as { ports: PortFacts[] }).ports;
  }

  /** The network's MTU as Neutron has it. */
  async mtu(networkId: string): Promise<number> {
    const response = await this.#api("GET", `networks/${networkId}`);
    return ((await response.json()) as { network: { mtu: number } }).network.mtu;
  }

  /**
   * What pods have left in Neutron, on the nodes, in containerd and in the plugin's stores: empty when nothing.
   * Bridges and tunnels are not counted: they are Neutron's agents' own, and stay.
   */
  async remains(): Promise<string[]> {
    const shared = leaks(this.#before, await snapshot(this.lab));
    const left = shared.filter((line) => /^port |^namespace |: link (tap|veth)/.test(line));
    const nodes = await Promise.all(this.nodes.map((node) => this.#nodeRemains(node)));
    return [...left, ...nodes.flat()];
  }

  async #nodeRemains(node: ContainerdNode): Promise<string[]> {
    const say = (what: string) => `${node.hostname}: ${what}`;
    const sandboxes = (await node.cri.listPodSandboxes()).map(({ id }) => say(`sandbox ${id}`));
    const mounts = await node.run(["cat", "/proc/self/mounts"]);
    const namespaces = [...mounts.matchAll(/\/netns\/cni-\S+/g)].map(([path]) =>
      say(`network namespace ${path}`),
    );
    const store = openStore(this.#stateDir(node));
    try {
      const attachments = store.attachments
        .list()
        .map((record) => say(`attachment of ${record.containerId}`));
      const deletes = store.journal.list().map((entry) => say(`pending delete of ${entry.deviceId}`));
      return [...sandboxes, ...namespaces, ...attachments, ...deletes];
    } finally {
      store.close();
    }
  }

  async #startNode(node: ContainerdNode, plugin: string, agent: object): Promise<void> {
    await node.start();
    await node.installPlugin(plugin);
    const skynet = {
      type: "skynet",
      capabilities: { "io.kubernetes.cri.pod-annotations": true },
      cluster_name: network,
      state_dir: this.#stateDir(node),
      log_level: "debug",
      log_file: this.lab.layout.path("log", `${network}-${node.hostname}.log`),
      neutron: { neutron_url: this.lab.url, default_network_id: this.lab.seeded.flat1.id },
      plugin: { plugin_type: "linuxbridge" },
      agent: { socket: agentSocket(this.#labNode(node)), ...agent },
    };
    await node.setNetwork({ cniVersion: "1.0.0", name: network, plugins: [skynet] });
  }

  #stateDir(node: ContainerdNode): string {
    return this.lab.layout.path("cri", node.hostname, "skynet");
  }

  async #api(method: string, path: string): Promise<Response> {
    const signal = AbortSignal.timeout(60_000);
    const response = await fetch(`${this.lab.url}/v2.0/${path}`, { method, signal });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}

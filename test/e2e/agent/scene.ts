/** A node with its agent beside the simulator, and a runtime for each CNI network. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { AgentProcess, agentSocket } from "../../../lab/agent-process.ts";
import { Lab } from "../../../lab/lab.ts";
import { checkout } from "../../../lab/layout.ts";
import { lastingLeaks, type Snapshot, snapshot } from "../../../lab/leaks.ts";
import type { Node } from "../../../lab/node.ts";
import { pluginConfig } from "../../../lab/plugin-config.ts";
import type { CallOptions, CniResult } from "../../../lab/plugin-input.ts";
import type { Outcome, Verb } from "../../../lab/plugin-process.ts";
import type { Pod } from "../../../lab/pod.ts";
import { processEnvironment, processes, signal } from "../../../lab/proc.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import { type AttachmentRecord, openStore } from "../../../src/state/index.ts";
import { Cloud, type CloudPort } from "../simulator/cloud.ts";
import { letJournalFallDue } from "../simulator/time.ts";

type Mode = "auto" | "required" | "off";
type Json = Readonly<Record<string, unknown>>;

/** The network that the agent's own configuration is of. */
const HOME = "home";
const CLUSTER = "agent";

/** A call of a plugin's, for a container that need not be the pod's. */
export interface Call {
  readonly verb: Verb;
  readonly containerId: string;
  readonly pod: Pod;
  /** Default `eth0`. */
  readonly ifname?: string;
  /** Default the agent's own. */
  readonly network?: string;
  readonly startedAt?: number;
  readonly signal?: AbortSignal;
}

/** What the agent answered to a call. */
export interface Sent {
  readonly status: number;
  readonly answer: { readonly code?: number; readonly msg?: string } | undefined;
}

export class AgentScene {
  readonly node: Node;
  readonly cloud: Cloud;
  readonly agent: AgentProcess;
  readonly #lab: Lab;
  readonly #before: Snapshot;
  readonly #pods: Pod[] = [];
  readonly #results = new Map<Pod, CniResult>();
  readonly #runtimes = new Map<string, Runtime>();
  #podCount = 0;

  private constructor(lab: Lab, before: Snapshot) {
    this.#lab = lab;
    this.#before = before;
    this.node = lab.node(1);
    this.cloud = new Cloud(lab.url);
    this.agent = new AgentProcess(this.node, this.configFile);
  }

  static async open(): Promise<AgentScene> {
    const lab = Lab.attach();
    const scene = new AgentScene(lab, await snapshot(lab));
    await scene.cloud.addAgent(scene.node.hostname);
    scene.addNetwork(HOME, "required");
    return scene;
  }

  /** Makes a CNI network on the node, or gives one another configuration. */
  addNetwork(name: string, mode: Mode, changes: Json = {}): void {
    const { plugin = {}, ...others } = changes as { plugin?: Json };
    const config = pluginConfig(this.#lab, this.node, {
      cniVersion: "1.1.0",
      name,
      cluster_name: CLUSTER,
      state_dir: this.stateDir,
      agent: { socket: agentSocket(this.node), hot_ports_max: 0 },
      plugin: { agent: mode, ...plugin },
      ...others,
    });
    this.#runtimes.set(name, this.node.runtime(config));
  }

  /** The configuration of the node's agent. */
  get configFile(): string {
    return this.node.path("net.d", `10-${HOME}.conf`);
  }

  get stateDir(): string {
    return this.node.path("state");
  }

  async addPod(): Promise<Pod> {
    const pod = await this.node.addPod(`a${this.#podCount++}`);
    this.#pods.push(pod);
    return pod;
  }

  async addPods(count: number): Promise<Pod[]> {
    return Promise.all(Array.from({ length: count }, () => this.addPod()));
  }

  /** One call, however it ends. The ADD's result is handed to the verbs after it. */
  async call(verb: Verb, pod: Pod | undefined, network = HOME, options: CallOptions = {}): Promise<Outcome> {
    const runtime = this.#runtimeOf(network);
    const prevResult = verb === "ADD" || pod === undefined ? undefined : this.#results.get(pod);
    const outcome = await runtime.call(verb, runtime.plugin, pod, { ...options, prevResult });
    if (verb === "ADD" && pod && outcome.kind === "success" && outcome.result)
      this.#results.set(pod, outcome.result);
    return outcome;
  }

  /** Kills the plugin process that is at work for a pod. */
  killPlugin(pod: Pod): void {
    const mark = `CNI_CONTAINERID=${pod.containerId}`;
    const pids = processes().filter((pid) => processEnvironment(pid).includes(mark));
    if (pids.length === 0) throw new Error(`no plugin is at work for pod ${pod.name}`);
    for (const pid of pids) signal(pid, "SIGKILL");
  }

  /** A call as a plugin sends it, straight to the agent's socket. */
  async send(call: Call): Promise<Sent> {
    const response = await fetch("http://skynet/v1/cni", {
      unix: this.agent.socketPath,
      method: "POST",
      signal: call.signal ?? AbortSignal.timeout(150_000),
      body: JSON.stringify({
        startedAt: call.startedAt ?? Date.now(),
        env: {
          CNI_COMMAND: call.verb,
          CNI_CONTAINERID: call.containerId,
          CNI_IFNAME: call.ifname ?? "eth0",
          CNI_NETNS: call.pod.netnsPath,
        },
        stdin: JSON.stringify(this.#runtimeOf(call.network ?? HOME).network),
      }),
    });
    const body = await response.text();
    return { status: response.status, answer: body === "" ? undefined : JSON.parse(body) };
  }

  /** Ports that pods have in Neutron. */
  async ports(): Promise<CloudPort[]> {
    return this.cloud.ports(CLUSTER);
  }

  /** A GC that is told that nothing is attached. */
  async collect(network = HOME): Promise<Outcome> {
    const runtime = this.#runtimeOf(network);
    return runtime.call("GC", runtime.plugin, undefined, { attachments: [] });
  }

  rows(): AttachmentRecord[] {
    const store = openStore(this.stateDir);
    try {
      return store.attachments.list();
    } finally {
      store.close();
    }
  }

  /** What is left of all pods once everything due is done; empty when nothing leaked. */
  async leaks(): Promise<string[]> {
    letJournalFallDue(this.stateDir);
    for (const name of this.#runtimes.keys()) {
      const config = this.node.path("net.d", `10-${name}.conf`);
      await this.node.run([join(checkout, "dist", "skynet"), "journal", "drain", "--config", config]);
    }
    const rows = this.rows().map(({ containerId, state }) => `row ${containerId} ${state}`);
    await this.#removePods();
    return [...rows, ...(await lastingLeaks(this.#lab, this.#before))];
  }

  /** Everything as in the beginning, but for the agent, which is gone. */
  async reset(): Promise<void> {
    this.agent.signal("SIGCONT");
    await this.agent.kill();
    await this.cloud.clearFaults();
    // Without an agent nobody keeps ports ready: those that are go, too.
    this.addNetwork(HOME, "off");
    await this.collect();
    await this.#removePods();
    rmSync(this.stateDir, { recursive: true, force: true });
    this.addNetwork(HOME, "required");
  }

  #runtimeOf(network: string): Runtime {
    const runtime = this.#runtimes.get(network);
    if (runtime === undefined) throw new Error(`there is no network ${network}`);
    return runtime;
  }

  async #removePods(): Promise<void> {
    await Promise.all(this.#pods.splice(0).map((pod) => pod.remove()));
  }
}

/** A node whose plugin is killed at its steps, beside the simulator. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Lab } from "../../../lab/lab.ts";
import { checkout, physicalInterface } from "../../../lab/layout.ts";
import { ipBatch } from "../../../lab/namespaces.ts";
import type { Node } from "../../../lab/node.ts";
import { hasOpenVswitch } from "../../../lab/node-kinds.ts";
import { integrationBridge, physicalBridge } from "../../../lab/openvswitch/bridges.ts";
import { startTaggingAgent } from "../../../lab/openvswitch/tagging-agent.ts";
import { pluginConfig } from "../../../lab/plugin-config.ts";
import type { CniResult, PluginOptions } from "../../../lab/plugin-input.ts";
import type { Outcome } from "../../../lab/plugin-process.ts";
import type { Pod } from "../../../lab/pod.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import { waitFor } from "../../../lab/wait.ts";
import { Cloud } from "../simulator/cloud.ts";
import { letJournalFallDue } from "../simulator/time.ts";
import { buildWatchedPlugin } from "./bundle.ts";
import { differences, type Inventory, takeInventory } from "./inventory.ts";
import { DIE_AT, STEPS_FILE } from "./steps.ts";
import type { CrashedWiring } from "./wirings.ts";

export type Verb = "ADD" | "DEL" | "GC";

/** How a call went, and the steps that it took; the last one of a killed call was not taken. */
export interface Steps {
  readonly outcome: Outcome;
  readonly steps: readonly string[];
}

export interface CallOptions {
  /** As after a runtime's own crash: neither a namespace nor the ADD's result is told. */
  readonly forgotten?: boolean;
}

/** The addresses and routes that the node's administrator gave its NIC. */
const HOST_NETWORK = [
  `address add 10.50.0.201/24 dev ${physicalInterface}`,
  `address add fd50:0:0:1::201/64 dev ${physicalInterface}`,
  `route add 10.66.0.0/16 via 10.50.0.1 src 10.50.0.201`,
  `route add 10.67.0.0/16 dev ${physicalInterface} table 100`,
  `route add default via fd50:0:0:1::1`,
];

const FOREIGN_PORT = "tapmachine";

export class Scene implements AsyncDisposable {
  readonly #node: Node;
  readonly #cloud: Cloud;
  readonly #stateDir: string;
  readonly #configFile: string;
  readonly #stepsFile: string;
  /** The built executable. */
  readonly #built: Runtime;
  /** The same program from source, which can be killed at its steps. */
  readonly #watched: Runtime;
  readonly #undo: (() => Promise<unknown>)[] = [];
  readonly #results = new Map<Pod, CniResult>();
  #pod: Pod | undefined;
  #before: Inventory = new Set();

  private constructor(lab: Lab, node: Node, watched: string, wiring: CrashedWiring) {
    const name = `crash-${wiring.name.replaceAll(" ", "-")}`;
    this.#node = node;
    this.#cloud = new Cloud(lab.url);
    this.#stateDir = node.path(`state-${name}`);
    this.#stepsFile = node.path(`steps-${name}`);
    this.#configFile = node.path("net.d", `10-${name}.conf`);
    const config = pluginConfig(lab, node, {
      cniVersion: "1.1.0",
      name,
      cluster_name: name,
      state_dir: this.#stateDir,
      log_level: "warn",
      neutron: { default_network_id: lab.seeded[wiring.network].id },
      plugin: wiring.plugin,
    });
    this.#built = node.runtime(config);
    this.#watched = node.runtime(config, { path: [watched] });
  }

  /** Prepares node and cloud for a wiring. Undo: {@link Scene[Symbol.asyncDispose]}. */
  static async open(wiring: CrashedWiring): Promise<Scene> {
    const lab = Lab.attach();
    const node = lab.nodes.find(({ kind }) => kind === wiring.node);
    if (!node) throw new Error(`the lab needs a node of kind ${wiring.node}: see --nodes`);
    const scene = new Scene(lab, node, await buildWatchedPlugin(node.path("watched")), wiring);
    try {
      await scene.#prepare(wiring);
      return scene;
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#pod) await this.call("GC", this.#pod);
    await this.#pod?.remove();
    for (const undo of this.#undo.splice(0).reverse()) await undo();
  }

  /** The store is gone, as on a node that never had a pod. */
  loseStore(): void {
    rmSync(this.#stateDir, { recursive: true, force: true });
  }

  /** Another container in the same network namespace, which is empty again. */
  async addPod(): Promise<Pod> {
    this.#pod = await this.#node.addPod("crash");
    return this.#pod;
  }

  /** One call of the built executable. A GC is told that nothing is attached. */
  async call(verb: Verb, pod: Pod, options: CallOptions = {}): Promise<Outcome> {
    return this.#call(this.#built, verb, pod, options);
  }

  /** One call of the program that is killed before its nth step, if it has as many. */
  async callUntil(nth: number, verb: Verb, pod: Pod): Promise<Steps> {
    rmSync(this.#stepsFile, { force: true });
    const env = { [STEPS_FILE]: this.#stepsFile, [DIE_AT]: `${nth}` };
    const outcome = await this.#call(this.#watched, verb, pod, { env });
    if (!existsSync(this.#stepsFile))
      throw new Error(`${verb} took no step: ${outcome.stdout}${outcome.stderr}`);
    return { outcome, steps: readFileSync(this.#stepsFile, "utf8").trimEnd().split("\n") };
  }

  /**
   * How node, pod and cloud differ from what they were in the beginning, when the journal has had its time: a line for
   * each thing, `+` or `-` before it.
   */
  async differences(): Promise<string[]> {
    letJournalFallDue(this.#stateDir);
    const found = differences(this.#before, await this.#inventory());
    if (!found.some((line) => line.startsWith("+ journal"))) return found;
    await this.#node.run([join(checkout, "dist/skynet"), "journal", "drain", "--config", this.#configFile]);
    return differences(this.#before, await this.#inventory());
  }

  /** The differences that last: ovs-vswitchd carries out after the call what the database had taken in before. */
  async lastingDifferences(): Promise<string[]> {
    let found: string[] = [];
    const none = async () => {
      found = await this.differences();
      return found.length === 0;
    };
    await waitFor("node as it was", none, { timeout: 5_000, interval: 50 }).catch(() => undefined);
    return found;
  }

  async #prepare(wiring: CrashedWiring): Promise<void> {
    if (wiring.hasHostNetwork) await this.#addHostNetwork();
    if (hasOpenVswitch(this.#node.kind)) await this.#addForeignPort();
    if (wiring.agent !== undefined) await this.#addAgent(wiring.agent);
    const pod = await this.addPod();
    this.#before = await this.#inventory(pod);
    // The store and its views of Neutron are there from now on, so that steps are the same each time.
    for (const verb of ["ADD", "DEL"] as const) {
      const outcome = await this.call(verb, pod);
      if (outcome.kind !== "success") throw new Error(`${wiring.name}: ${verb} fails: ${outcome.stdout}`);
    }
  }

  /** The NIC is the node's own then, and in no bridge of the lab's switch. */
  async #addHostNetwork(): Promise<void> {
    if (hasOpenVswitch(this.#node.kind)) {
      const { openvswitch } = this.#node;
      this.#undo.push(() => openvswitch.vsctl("--may-exist", "add-port", physicalBridge, physicalInterface));
      await openvswitch.vsctl("del-port", physicalBridge, physicalInterface);
    }
    const removals = HOST_NETWORK.map((line) => line.replace(" add ", " del ")).reverse();
    this.#undo.push(() => ipBatch(this.#node.namespace, removals));
    await ipBatch(this.#node.namespace, HOST_NETWORK);
  }

  /** Somebody else's machine in the switch. */
  async #addForeignPort(): Promise<void> {
    const { openvswitch } = this.#node;
    this.#undo.push(() => openvswitch.vsctl("--if-exists", "del-port", FOREIGN_PORT));
    const internal = ["--", "set", "interface", FOREIGN_PORT, "type=internal"];
    await openvswitch.vsctl("add-port", integrationBridge, FOREIGN_PORT, ...internal);
  }

  async #addAgent(type: string): Promise<void> {
    const agent = { host: this.#node.hostname, agent_type: type };
    this.#undo.push(() => this.#cloud.call("POST", "/_sim/agents", { ...agent, alive: false }));
    await this.#cloud.call("POST", "/_sim/agents", agent);
    if (!hasOpenVswitch(this.#node.kind)) return;
    this.#undo.push(await startTaggingAgent(this.#node.openvswitch.connection));
  }

  async #call(runtime: Runtime, verb: Verb, pod: Pod, options: PluginOptions): Promise<Outcome> {
    if (verb === "GC") {
      return runtime.call(verb, runtime.plugin, undefined, { ...options, attachments: [] });
    }
    const prevResult = verb === "ADD" || options.forgotten ? undefined : this.#results.get(pod);
    const outcome = await runtime.call(verb, runtime.plugin, pod, { ...options, prevResult });
    if (verb === "ADD" && outcome.kind === "success" && outcome.result)
      this.#results.set(pod, outcome.result);
    return outcome;
  }

  #inventory(pod = this.#pod): Promise<Inventory> {
    if (pod === undefined) throw new Error("the scene has no pod");
    return takeInventory({ node: this.#node, stateDir: this.#stateDir, pod, cloud: this.#cloud });
  }
}

/** One node beside the simulator, driven as a runtime does, with everything in view that an attachment leaves behind. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Lab } from "../../../lab/lab.ts";
import { checkout } from "../../../lab/layout.ts";
import type { Node } from "../../../lab/node.ts";
import { pluginConfig } from "../../../lab/plugin-config.ts";
import type { CallOptions, CniResult } from "../../../lab/plugin-input.ts";
import type { Outcome, Verb } from "../../../lab/plugin-process.ts";
import type { Pod } from "../../../lab/pod.ts";
import { processEnvironment, processes, signal } from "../../../lab/proc.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import { waitFor } from "../../../lab/wait.ts";
import { type AttachmentRecord, openStore, type PendingDelete } from "../../../src/state/index.ts";
import { Cloud, type CloudPort } from "./cloud.ts";
import { letJournalFallDue } from "./time.ts";

/** What there is of a scene's pods, each part sorted as it comes. */
export interface Leftovers {
  readonly ports: readonly CloudPort[];
  /** Names of the node's links that were not there in the beginning. */
  readonly links: readonly string[];
  readonly rows: readonly AttachmentRecord[];
  /** The journal. */
  readonly waiting: readonly PendingDelete[];
}

export class Scene {
  readonly node: Node;
  readonly cloud: Cloud;
  readonly #lab: Lab;
  readonly #name: string;
  readonly #linksBefore: ReadonlySet<string>;
  readonly #pods: Pod[] = [];
  readonly #podNames = new Map<Pod, string>();
  readonly #results = new Map<Pod, CniResult>();
  #tests = 0;
  #podCount = 0;
  #runtime: Runtime;

  private constructor(lab: Lab, name: string, linksBefore: Iterable<string>) {
    this.#lab = lab;
    this.#name = name;
    this.node = lab.node(1);
    this.cloud = new Cloud(lab.url);
    this.#linksBefore = new Set(linksBefore);
    this.#runtime = this.#openRuntime();
  }

  /** @param name of the scene's cluster and network, so that what it makes is told apart. Undo: {@link close}. */
  static async open(name: string): Promise<Scene> {
    const lab = Lab.attach();
    const scene = new Scene(
      lab,
      name,
      (await lab.node(1).links()).map(({ ifname }) => ifname),
    );
    await scene.cloud.addAgent(scene.node.hostname);
    return scene;
  }

  /** Removes everything of the test before, and gives the node a store that does not exist yet. */
  async reset(): Promise<void> {
    await this.close();
    this.#runtime = this.#openRuntime();
  }

  async close(): Promise<void> {
    await this.cloud.clearFaults();
    await this.collect();
    await this.settled();
    await Promise.all(this.#pods.splice(0).map((pod) => pod.remove()));
  }

  /** @param options.as the pod's name, which several sandboxes may share */
  async addPod(
    options: { uid?: string; as?: string; annotations?: Record<string, string> } = {},
  ): Promise<Pod> {
    const { as, ...identity } = options;
    const pod = await this.node.addPod(`${this.#name}${this.#podCount++}`, identity);
    this.#pods.push(pod);
    this.#podNames.set(pod, as ?? pod.name);
    return pod;
  }

  /** A GC that is told that these are attached, and nothing else. */
  async collect(valid: readonly Pod[] = []): Promise<Outcome> {
    const attachments = valid.map(({ containerId }) => ({ containerID: containerId, ifname: "eth0" }));
    return this.#runtime.call("GC", this.#runtime.plugin, undefined, { attachments });
  }

  /** The node's store is gone, as after somebody emptied the directory. */
  loseStore(): void {
    rmSync(this.#stateDir, { recursive: true });
  }

  /** One call for a pod. The ADD's result is handed to the verbs after it. */
  async call(verb: "ADD" | "CHECK" | "DEL", pod: Pod, options: CallOptions = {}): Promise<Outcome> {
    const prevResult = verb === "ADD" || options.forgotten ? undefined : this.#results.get(pod);
    const args = { K8S_POD_NAME: this.#podNames.get(pod) ?? pod.name };
    const outcome = await this.#runtime.call(verb, this.#runtime.plugin, pod, {
      ...options,
      args,
      prevResult,
    });
    if (verb === "ADD" && outcome.kind === "success" && outcome.result)
      this.#results.set(pod, outcome.result);
    return outcome;
  }

  /** Kills the plugin process that is at work for a pod. */
  kill(pod: Pod, verb: Verb): void {
    const marks = [`CNI_CONTAINERID=${pod.containerId}`, `CNI_COMMAND=${verb}`];
    const pids = processes().filter((pid) => {
      const environment = processEnvironment(pid);
      return marks.every((mark) => environment.includes(mark));
    });
    if (pids.length === 0) throw new Error(`no ${verb} of pod ${pod.name} is at work`);
    for (const pid of pids) signal(pid, "SIGKILL");
  }

  /** Waits until the scene's first port is there. */
  async portMade(): Promise<void> {
    await waitFor("port", async () => (await this.cloud.ports(this.#name)).length > 0, { timeout: 10_000 });
  }

  async leftovers(): Promise<Leftovers> {
    const links = (await this.node.links()).map(({ ifname }) => ifname);
    const store = openStore(this.#stateDir);
    try {
      return {
        ports: await this.cloud.ports(this.#name),
        links: links.filter((name) => !this.#linksBefore.has(name)),
        rows: store.attachments.list(),
        waiting: store.journal.list(),
      };
    } finally {
      store.close();
    }
  }

  /** What is there when the journal has had its time. */
  async settled(): Promise<Leftovers> {
    letJournalFallDue(this.#stateDir);
    const config = this.node.path("net.d", `10-${this.#name}.conf`);
    await this.node.run([join(checkout, "dist", "skynet"), "journal", "drain", "--config", config]);
    return this.leftovers();
  }

  get #stateDir(): string {
    return this.node.path(`state-${this.#name}${this.#tests}`);
  }

  #openRuntime(): Runtime {
    this.#tests++;
    return this.node.runtime(
      pluginConfig(this.#lab, this.node, {
        cniVersion: "1.1.0",
        name: this.#name,
        cluster_name: this.#name,
        state_dir: this.#stateDir,
        log_level: "warn",
        neutron: { wait_active: true },
      }),
    );
  }
}

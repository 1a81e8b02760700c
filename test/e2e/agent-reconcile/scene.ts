/** A node whose agent is at work when a test says so, with everything in view that it has to account for. */
import { cpSync, existsSync, rmSync } from "node:fs";
import { Lab } from "../../../lab/lab.ts";
import { lastingLeaks, type Snapshot, snapshot } from "../../../lab/leaks.ts";
import type { Node } from "../../../lab/node.ts";
import { pluginConfig } from "../../../lab/plugin-config.ts";
import type { Outcome } from "../../../lab/plugin-process.ts";
import type { Pod } from "../../../lab/pod.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import type { Report } from "../../../src/agent/reconcile/report.ts";
import type { Result } from "../../../src/cni/result.ts";
import { openStore } from "../../../src/state/index.ts";
import { Cloud, type CloudPort } from "../simulator/cloud.ts";
import { letJournalFallDue } from "../simulator/time.ts";

const NETWORK = "reconciled";

/** What the store says, each row in short. */
export interface Rows {
  /** Containers' names, with the state of each. */
  readonly pods: Readonly<Record<string, string>>;
  /** States of the ports without a pod, sorted. */
  readonly hot: readonly string[];
  readonly waiting: number;
}

export class ReconcileScene {
  readonly node: Node;
  readonly cloud: Cloud;
  readonly #lab: Lab;
  readonly #runtime: Runtime;
  readonly #before: Snapshot;
  #pods: Pod[] = [];
  #count = 0;

  private constructor(lab: Lab, before: Snapshot) {
    this.#lab = lab;
    this.#before = before;
    this.node = lab.node(1);
    this.cloud = new Cloud(lab.url);
    const config = pluginConfig(lab, this.node, {
      cniVersion: "1.1.0",
      name: NETWORK,
      cluster_name: NETWORK,
      state_dir: this.stateDir,
      log_level: "warn",
      plugin: { agent: "off", neutron_agent: "required" },
    });
    this.#runtime = this.node.runtime(config);
  }

  /** Undo: {@link close}. */
  static async open(): Promise<ReconcileScene> {
    const lab = Lab.attach();
    const scene = new ReconcileScene(lab, await snapshot(lab));
    await scene.cloud.addAgent(scene.node.hostname);
    return scene;
  }

  get stateDir(): string {
    return this.node.path("state-reconciled");
  }

  /** Removes what a test has left, and answers what was still there after that. */
  async close(): Promise<string[]> {
    await this.cloud.clearFaults();
    await this.#runtime.call("GC", this.#runtime.plugin, undefined, { attachments: [] });
    letJournalFallDue(this.stateDir);
    await this.#runtime.call("GC", this.#runtime.plugin, undefined, { attachments: [] });
    for (const pod of this.#pods.splice(0)) await pod.remove();
    rmSync(this.stateDir, { recursive: true, force: true });
    return lastingLeaks(this.#lab, this.#before);
  }

  async addPod(): Promise<Pod> {
    const pod = await this.node.addPod(`rec${this.#count++}`);
    this.#pods.push(pod);
    return pod;
  }

  /** A pod that the plugin has attached without the agent's help. */
  async attached(): Promise<Pod> {
    const pod = await this.addPod();
    await this.#runtime.add(pod);
    return pod;
  }

  /** A pod that the agent has put behind a port that was ready. */
  async attachedHot(): Promise<Pod> {
    const pod = await this.addPod();
    await this.act<Result>("add", pod.containerId, pod.netnsPath);
    return pod;
  }

  /** A DEL by the agent, which keeps the port for another pod. */
  async recycle(pod: Pod): Promise<void> {
    await this.act("del", pod.containerId, pod.netnsPath);
  }

  /** A DEL by the plugin alone. */
  async del(pod: Pod): Promise<Outcome> {
    return this.#runtime.call("DEL", this.#runtime.plugin, pod, {});
  }

  /** A CHECK of a pod that the plugin has attached. @throws PluginFailure */
  async check(pod: Pod): Promise<void> {
    await this.#runtime.check(pod);
  }

  /** Passes of the reconciler, ten minutes apart. */
  async pass(count = 1): Promise<Report[]> {
    return this.act<Report[]>("pass", `${count}`);
  }

  /** What was put right in some passes, all together. */
  async repairs(count: number): Promise<Record<string, number>> {
    const all: Record<string, number> = {};
    for (const { repairs, failures } of await this.pass(count)) {
      if (failures.length > 0) throw new Error(failures.join("; "));
      for (const [kind, done] of Object.entries(repairs)) all[kind] = (all[kind] ?? 0) + done;
    }
    return all;
  }

  /** One task of the agent's: see `actor.ts`. */
  async act<T>(...words: string[]): Promise<T> {
    const config = this.node.path("net.d", `10-${NETWORK}.conf`);
    const output = await this.node.run([process.execPath, `${import.meta.dir}/actor.ts`, config, ...words], {
      timeout: 90_000,
    });
    return JSON.parse(output) as T;
  }

  /** Everything of the node's kernel that pods had is gone, as after it was started anew; the store is there. */
  async reboot(): Promise<void> {
    for (const pod of this.#pods.splice(0)) await pod.remove();
    for (const { ifname } of await this.node.links()) {
      if (/^(tap|brq|ski|skp)/.test(ifname)) {
        await this.node.run(["ip", "link", "delete", ifname]).catch(() => undefined);
      }
    }
  }

  loseStore(): void {
    rmSync(this.stateDir, { recursive: true });
  }

  /** Keeps a copy of the store; the answer puts it back. */
  copyStore(): () => void {
    const copy = `${this.stateDir}-copy`;
    const store = openStore(this.stateDir);
    // What is only in the log is in no copy of the database.
    store.close();
    rmSync(copy, { recursive: true, force: true });
    cpSync(this.stateDir, copy, { recursive: true });
    return () => {
      rmSync(this.stateDir, { recursive: true });
      cpSync(copy, this.stateDir, { recursive: true });
      rmSync(copy, { recursive: true });
    };
  }

  /** The IPv4 address of a pod. */
  async addressOf(pod: Pod): Promise<string> {
    const [link] = JSON.parse(await pod.run(["ip", "-json", "-4", "address", "show", "dev", "eth0"])) as {
      addr_info: { local: string }[];
    }[];
    const address = link?.addr_info[0]?.local;
    if (address === undefined) throw new Error(`pod ${pod.name} has no address`);
    return address;
  }

  /** Whether the two reach each other. */
  async connected(one: Pod, other: Pod): Promise<boolean> {
    return (await one.ping(await this.addressOf(other))) > 0;
  }

  rows(pods: Readonly<Record<string, Pod>> = {}): Rows {
    if (!existsSync(this.stateDir)) return { pods: {}, hot: [], waiting: 0 };
    const store = openStore(this.stateDir);
    try {
      const nameOf = (id: string) =>
        Object.entries(pods).find(([, { containerId }]) => containerId === id)?.[0] ?? id;
      const states = store.attachments.list().map(({ containerId, state }) => [nameOf(containerId), state]);
      return {
        pods: Object.fromEntries(states),
        hot: store.hotPorts
          .list()
          .map(({ state }) => state)
          .sort(),
        waiting: store.journal.list().length,
      };
    } finally {
      store.close();
    }
  }

  /** The ports of this cluster. */
  async ports(): Promise<CloudPort[]> {
    return this.cloud.ports(NETWORK);
  }

  async portOf(pod: Pod): Promise<CloudPort | undefined> {
    return (await this.ports()).find(({ device_id }) => device_id === `skynet:${pod.containerId}:eth0`);
  }

  async links(): Promise<string[]> {
    const links = await this.node.links();
    return links.map(({ ifname }) => ifname).filter((name) => /^(tap|brq|ski|skp)/.test(name));
  }

  /** A device of somebody else's. Undo: {@link removeForeignDevice}. */
  async addForeignDevice(name: string): Promise<void> {
    await this.node.run(["ip", "link", "add", name, "type", "veth", "peer", "name", "machine"]);
  }

  async removeForeignDevice(name: string): Promise<void> {
    if ((await this.links()).includes(name)) await this.node.run(["ip", "link", "delete", name]);
  }
}

/** What the tests on real Neutron share: pods on the lab's nodes, Neutron's API, and a clean end whatever happens. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../lab/command.ts";
import { Lab } from "../../../lab/lab.ts";
import { checkout } from "../../../lab/layout.ts";
import { lastingLeaks, type Snapshot, snapshot } from "../../../lab/leaks.ts";
import { pluginConfig } from "../../../lab/plugin-config.ts";
import type { CallOptions } from "../../../lab/plugin-input.ts";
import type { Pod } from "../../../lab/pod.ts";
import { PluginFailure, type Runtime } from "../../../lab/runtime.ts";
import type { Result } from "../../../src/cni/result.ts";

type Json = Record<string, unknown>;

/** What the tests read of a Neutron port. */
export interface Port {
  id: string;
  name: string;
  dns_name: string;
  status: string;
  mac_address: string;
  device_id: string;
  device_owner: string;
  network_id: string;
  project_id: string;
  port_security_enabled: boolean;
  security_groups: string[];
  fixed_ips: { ip_address: string; subnet_id: string }[];
  tags: string[];
  "binding:host_id": string;
}

/** A pod that a test has attached. */
export interface Attached {
  pod: Pod;
  result: Result;
  runtime: Runtime;
  /** Addresses without prefix length; empty when the pod has none of that family. */
  ip4: string;
  ip6: string;
}

export interface PodWish {
  /** Index of the node, from 1; default 1. */
  node?: number;
  annotations?: Record<string, string>;
  /** Merged over the node's configuration. */
  config?: Json;
  uid?: string;
  /** Kubernetes name; default the test's own. */
  name?: string;
  call?: CallOptions;
}

export class Scene {
  readonly #before: Snapshot;
  readonly #pods: { pod: Pod; runtime: Runtime }[] = [];
  readonly #undo: (() => Promise<unknown>)[] = [];
  #serial = 0;

  private constructor(
    readonly lab: Lab,
    before: Snapshot,
  ) {
    this.#before = before;
  }

  /** @throws Error when the lab is of the other kind or the executable is missing: these tests never skip */
  static async open(kind: "Neutron" | "simulator" = "Neutron"): Promise<Scene> {
    const lab = Lab.attach();
    const found = lab.backend === "simulator" ? "simulator" : "Neutron";
    if (found !== kind)
      throw new Error(`these tests need a lab with the ${kind}, and this one has the ${found}`);
    if (!existsSync(join(checkout, "dist/skynet")))
      throw new Error('dist/skynet is missing: run "make build"');
    return new Scene(lab, await snapshot(lab));
  }

  /** A pod's namespace on a node, and the runtime that will attach it. Both are removed at the end of the test. */
  async prepare(wish: PodWish = {}): Promise<{ pod: Pod; runtime: Runtime }> {
    const node = this.lab.node(wish.node ?? 1);
    this.#serial += 1;
    const pod = await node.addPod(wish.name ?? `pod${this.#serial}`, {
      annotations: wish.annotations ?? {},
      ...(wish.uid === undefined ? {} : { uid: wish.uid }),
    });
    const runtime = node.runtime(pluginConfig(this.lab, node, wish.config));
    this.#pods.push({ pod, runtime });
    return { pod, runtime };
  }

  async attach(wish: PodWish = {}): Promise<Attached> {
    const { pod, runtime } = await this.prepare(wish);
    const result = (await runtime.add(pod, wish.call)) as unknown as Result;
    const address = (six: boolean) => {
      // Results before 0.3.0 have no list of addresses.
      const found = result.ips?.find((ip) => ip.address.includes(":") === six);
      return found?.address.split("/")[0] ?? "";
    };
    return { pod, runtime, result, ip4: address(false), ip6: address(true) };
  }

  /** Attaches a pod that must be refused, and returns the plugin's error. */
  async refused(wish: PodWish): Promise<{ code: number; msg: string }> {
    const { pod, runtime } = await this.prepare(wish);
    return this.failure(runtime.add(pod, wish.call));
  }

  /** The plugin's error of a call that must fail. */
  async failure(call: Promise<unknown>): Promise<{ code: number; msg: string }> {
    try {
      await call;
    } catch (error) {
      if (error instanceof PluginFailure && error.error) return error.error;
      throw error;
    }
    throw new Error("the call succeeded, and should have failed");
  }

  /** A store of its own for a test that looks at what the node remembers; removed at the end of the test. */
  async stateDir(node = 1): Promise<string> {
    const path = await mkdtemp(this.lab.node(node).path("state-"));
    this.defer(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  /** How many ports a node has noted in this store to delete later. */
  async pendingDeletes(stateDir: string): Promise<number> {
    const skynet = join(checkout, "dist/skynet");
    return JSON.parse(await run([skynet, "journal", "--state-dir", stateDir, "--json"])).length;
  }

  /** Has a node delete now what is in the journal of the store that its last configuration names. */
  async drainJournal(node = 1): Promise<void> {
    const file = this.lab.node(node).path("net.d", "10-pods.conf");
    await run([join(checkout, "dist/skynet"), "journal", "drain", "--config", file]);
  }

  /** Neutron's port of a container, if there is one. */
  async portOf(pod: Pod): Promise<Port | undefined> {
    const { ports } = await this.api<{ ports: Port[] }>(
      "GET",
      `ports?device_id=skynet:${pod.containerId}:eth0`,
    );
    if (ports.length > 1) throw new Error(`${ports.length} ports for container ${pod.containerId}`);
    return ports[0];
  }

  /** Makes a resource by Neutron's API; deleted at the end of the test. */
  async make<T extends { id: string }>(kind: string, body: Json): Promise<T> {
    const collection = `${kind.replace("_", "-")}s`;
    const made = await this.api<Record<string, T>>("POST", collection, { [kind]: body });
    const item = made[kind] as T;
    this.#undo.push(() => this.api("DELETE", `${collection}/${item.id}`));
    return item;
  }

  /** Runs at the end of the test, whatever happens. */
  defer(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  async api<T>(method: string, path: string, body?: Json): Promise<T> {
    const response = await fetch(`${this.lab.url}/v2.0/${path}`, {
      method,
      signal: AbortSignal.timeout(60_000),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  /** Detaches and removes every pod of the test and undoes the rest; returns what is left that was not there before. */
  async close(): Promise<string[]> {
    await Promise.allSettled(this.#pods.map(({ pod, runtime }) => runtime.del(pod)));
    await Promise.allSettled(this.#pods.map(({ pod }) => pod.remove()));
    for (const undo of this.#undo.reverse()) await undo().catch(() => undefined);
    this.#pods.length = 0;
    this.#undo.length = 0;
    const left = await lastingLeaks(this.lab, this.#before, { timeout: 3_000 });
    // Bridges and tunnels belong to Neutron's agents, which keep them for the next pod.
    return left.filter((line) => !/link (brq|vxlan-|eth1 in brq)/.test(line));
  }
}

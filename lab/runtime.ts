/**
 * A container runtime's side of CNI, as libcni plays it: the chain of plugins, `prevResult`, capabilities turned into
 * `runtimeConfig`, the cache of results that CHECK and DEL are given.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "./layout.ts";
import type { Node } from "./node.ts";
import {
  callPlugin,
  type KillOptions,
  type Outcome,
  type PluginErrorBody,
  type Verb,
} from "./plugin-process.ts";
import type { Pod } from "./pod.ts";

/** One plugin's configuration. */
export interface PluginConfig {
  readonly type: string;
  readonly capabilities?: Record<string, boolean>;
  readonly [key: string]: unknown;
}

/** A network: one plugin, or a chain of them. */
export type NetworkConfig = { readonly name: string; readonly cniVersion: string } & (
  | PluginConfig
  | { readonly plugins: readonly PluginConfig[] }
);

export interface RuntimeOptions {
  /** Folders where plugins are looked for; default: the checkout's `dist`, `/usr/lib/cni`. */
  readonly path?: readonly string[];
}

export interface CallOptions {
  /** Default `eth0`. */
  readonly ifname?: string;
  /** Capability arguments; only those a plugin declares reach it. */
  readonly capabilityArgs?: Record<string, unknown>;
  /** Further `CNI_ARGS`. */
  readonly args?: Record<string, string>;
  /** Further environment for the plugin. */
  readonly env?: Record<string, string>;
  readonly kill?: KillOptions;
  /** What libcni leaves out when a runtime has forgotten: an empty CNI_NETNS and no prevResult on DEL. */
  readonly forgotten?: boolean;
}

/** An attachment as the runtime remembers it. */
export interface CachedAttachment {
  readonly containerId: string;
  readonly ifname: string;
  readonly result: Record<string, unknown>;
}

type CniResult = Record<string, unknown>;

/** A call that did not succeed. `error` is the plugin's, when it printed one. */
export class PluginFailure extends Error {
  override readonly name = "PluginFailure";
  readonly outcome: Outcome;
  readonly error: PluginErrorBody | undefined;

  constructor(outcome: Outcome) {
    const error = outcome.kind === "error" ? outcome.error : undefined;
    const what = error
      ? `code ${error.code}: ${error.msg} ${error.details ?? ""}`
      : outcome.kind === "crash"
        ? outcome.reason
        : "";
    super(`${outcome.verb}: ${what}\n${outcome.stderr}`.trim());
    this.outcome = outcome;
    this.error = error;
  }
}

export class Runtime {
  readonly network: NetworkConfig;
  readonly #node: Node;
  readonly #path: readonly string[];

  /** Also writes the configuration into the node's `net.d`. */
  constructor(node: Node, network: NetworkConfig, options: RuntimeOptions = {}) {
    this.network = network;
    this.#node = node;
    this.#path = options.path ?? [join(checkout, "dist"), "/usr/lib/cni"];
    mkdirSync(node.path("net.d"), { recursive: true });
    mkdirSync(this.#cacheDir, { recursive: true });
    const suffix = "plugins" in network ? "conflist" : "conf";
    void Bun.write(
      node.path("net.d", `10-${network.name}.${suffix}`),
      `${JSON.stringify(network, null, 2)}\n`,
    );
  }

  /** Attaches a pod. @throws PluginFailure */
  async add(pod: Pod, options: CallOptions = {}): Promise<CniResult> {
    let result: CniResult | undefined;
    for (const plugin of this.#plugins) {
      const outcome = await this.call("ADD", plugin, pod, { ...options, prevResult: result });
      if (outcome.kind !== "success") throw new PluginFailure(outcome);
      result = outcome.result ?? {};
    }
    const cached: CachedAttachment = {
      containerId: pod.containerId,
      ifname: ifnameOf(options),
      result: result ?? {},
    };
    await Bun.write(this.#cacheFile(pod, options), JSON.stringify(cached));
    return cached.result;
  }

  /** Detaches a pod, the last plugin first. @throws PluginFailure */
  async del(pod: Pod, options: CallOptions = {}): Promise<void> {
    const prevResult = options.forgotten ? undefined : this.#cached(pod, options)?.result;
    for (const plugin of [...this.#plugins].reverse()) {
      const outcome = await this.call("DEL", plugin, pod, { ...options, prevResult });
      if (outcome.kind !== "success") throw new PluginFailure(outcome);
    }
    rmSync(this.#cacheFile(pod, options), { force: true });
  }

  /** @throws PluginFailure */
  async check(pod: Pod, options: CallOptions = {}): Promise<void> {
    const prevResult = this.#cached(pod, options)?.result;
    for (const plugin of this.#plugins) {
      const outcome = await this.call("CHECK", plugin, pod, { ...options, prevResult });
      if (outcome.kind !== "success") throw new PluginFailure(outcome);
    }
  }

  /** @throws PluginFailure */
  async status(): Promise<void> {
    for (const plugin of this.#plugins) {
      const outcome = await this.call("STATUS", plugin, undefined, {});
      if (outcome.kind !== "success") throw new PluginFailure(outcome);
    }
  }

  /** Collects whatever belongs to no attachment of `valid` (default: all this runtime remembers). @throws PluginFailure */
  async gc(valid: readonly { containerId: string; ifname: string }[] = this.attachments()): Promise<void> {
    const attachments = valid.map(({ containerId, ifname }) => ({ containerID: containerId, ifname }));
    for (const plugin of this.#plugins) {
      const outcome = await this.call("GC", plugin, undefined, { attachments });
      if (outcome.kind !== "success") throw new PluginFailure(outcome);
    }
  }

  /** The versions each plugin of the chain supports. @throws PluginFailure */
  async version(): Promise<string[][]> {
    const versions: string[][] = [];
    for (const plugin of this.#plugins) {
      const outcome = await this.call("VERSION", plugin, undefined, {});
      if (outcome.kind !== "success") throw new PluginFailure(outcome);
      versions.push((outcome.result?.supportedVersions ?? []) as string[]);
    }
    return versions;
  }

  /** What this runtime holds attached to its network. */
  attachments(): CachedAttachment[] {
    return readdirSync(this.#cacheDir).map((name) =>
      JSON.parse(readFileSync(join(this.#cacheDir, name), "utf8")),
    );
  }

  /** One call of one plugin, however it ends. */
  async call(
    verb: Verb,
    plugin: PluginConfig,
    pod: Pod | undefined,
    options: CallOptions & {
      readonly prevResult?: CniResult | undefined;
      readonly attachments?: readonly object[];
    },
  ): Promise<Outcome> {
    return callPlugin({
      plugin: this.#find(plugin.type),
      namespace: this.#node.namespace,
      verb,
      environment: { ...this.#environment(pod, options), ...options.env },
      config: this.#config(plugin, pod, options),
      kill: options.kill,
    });
  }

  /** The plugins of the network's chain. */
  get #plugins(): readonly PluginConfig[] {
    return "plugins" in this.network
      ? (this.network.plugins as readonly PluginConfig[])
      : [this.network as PluginConfig];
  }

  /** The only plugin, or the first of the chain: for {@link call}. */
  get plugin(): PluginConfig {
    const [first] = this.#plugins;
    if (!first) throw new Error(`network ${this.network.name} has no plugins`);
    return first;
  }

  #environment(pod: Pod | undefined, options: CallOptions): Record<string, string> {
    const path = { CNI_PATH: this.#path.join(":") };
    if (!pod) return path;
    const args = {
      IgnoreUnknown: "1",
      K8S_POD_NAMESPACE: pod.namespace,
      K8S_POD_NAME: pod.name,
      K8S_POD_INFRA_CONTAINER_ID: pod.containerId,
      K8S_POD_UID: pod.uid,
      ...options.args,
    };
    return {
      ...path,
      CNI_CONTAINERID: pod.containerId,
      CNI_IFNAME: ifnameOf(options),
      CNI_NETNS: options.forgotten ? "" : pod.netnsPath,
      CNI_ARGS: shuffled(Object.entries(args))
        .map(([key, value]) => `${key}=${value}`)
        .join(";"),
    };
  }

  #config(
    plugin: PluginConfig,
    pod: Pod | undefined,
    options: CallOptions & {
      readonly prevResult?: CniResult | undefined;
      readonly attachments?: readonly object[];
    },
  ): object {
    const { capabilities = {}, ...rest } = plugin;
    const offered = {
      "io.kubernetes.cri.pod-annotations": pod?.annotations ?? {},
      ...options.capabilityArgs,
    };
    const runtimeConfig = Object.fromEntries(Object.entries(offered).filter(([name]) => capabilities[name]));
    return {
      ...rest,
      name: this.network.name,
      cniVersion: this.network.cniVersion,
      ...(pod && Object.keys(runtimeConfig).length > 0 ? { runtimeConfig } : {}),
      ...(options.prevResult === undefined ? {} : { prevResult: options.prevResult }),
      ...(options.attachments === undefined ? {} : { "cni.dev/valid-attachments": options.attachments }),
    };
  }

  #find(type: string): string {
    const found = this.#path.map((folder) => join(folder, type)).find((path) => existsSync(path));
    if (!found) throw new Error(`no CNI plugin ${type} in ${this.#path.join(", ")}`);
    return found;
  }

  get #cacheDir(): string {
    return this.#node.path("results", this.network.name);
  }

  #cacheFile(pod: Pod, options: CallOptions): string {
    return join(this.#cacheDir, `${pod.containerId}-${ifnameOf(options)}`);
  }

  #cached(pod: Pod, options: CallOptions): CachedAttachment | undefined {
    const file = this.#cacheFile(pod, options);
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  }
}

function ifnameOf(options: CallOptions): string {
  return options.ifname ?? "eth0";
}

/** In another order each time, as runtimes that range over a Go map do. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

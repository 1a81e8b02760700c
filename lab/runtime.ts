/**
 * A container runtime's side of CNI, as libcni plays it: the chain of plugins, `prevResult`, capabilities turned into
 * `runtimeConfig`, the cache of results that CHECK and DEL are given.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout, inNamespace } from "./layout.ts";
import type { Node } from "./node.ts";
import {
  type CallOptions,
  type CniResult,
  ifnameOf,
  type NetworkConfig,
  type PluginConfig,
  type PluginOptions,
  pluginEnvironment,
  pluginInput,
} from "./plugin-input.ts";
import { callPlugin, type Outcome, type PluginErrorBody, type Verb } from "./plugin-process.ts";
import type { Pod } from "./pod.ts";

export interface RuntimeOptions {
  /** Folders where plugins are looked for; default: the checkout's `dist`, `/usr/lib/cni`. */
  readonly path?: readonly string[];
}

/** An attachment as the runtime remembers it. */
export interface CachedAttachment {
  readonly containerId: string;
  readonly ifname: string;
  readonly result: Record<string, unknown>;
}

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
    const file = node.path("net.d", `10-${network.name}.${suffix}`);
    writeFileSync(file, `${JSON.stringify(network, null, 2)}\n`);
  }

  /** Attaches a pod. @throws PluginFailure */
  async add(pod: Pod, options: CallOptions = {}): Promise<CniResult> {
    let result: CniResult | undefined;
    for (const plugin of this.#plugins) {
      result = succeeded(await this.call("ADD", plugin, pod, { ...options, prevResult: result }));
    }
    const { containerId } = pod;
    const cached: CachedAttachment = { containerId, ifname: ifnameOf(options), result: result ?? {} };
    await Bun.write(this.#cacheFile(pod, options), JSON.stringify(cached));
    return cached.result;
  }

  /** Detaches a pod, the last plugin first. @throws PluginFailure */
  async del(pod: Pod, options: CallOptions = {}): Promise<void> {
    const prevResult = options.forgotten ? undefined : this.#cached(pod, options)?.result;
    for (const plugin of [...this.#plugins].reverse()) {
      succeeded(await this.call("DEL", plugin, pod, { ...options, prevResult }));
    }
    rmSync(this.#cacheFile(pod, options), { force: true });
  }

  /** @throws PluginFailure */
  async check(pod: Pod, options: CallOptions = {}): Promise<void> {
    const prevResult = this.#cached(pod, options)?.result;
    for (const plugin of this.#plugins) {
      succeeded(await this.call("CHECK", plugin, pod, { ...options, prevResult }));
    }
  }

  /** @throws PluginFailure */
  async status(): Promise<void> {
    for (const plugin of this.#plugins) succeeded(await this.call("STATUS", plugin, undefined, {}));
  }

  /** Collects whatever belongs to no attachment of `valid` (default: all this runtime remembers). @throws PluginFailure */
  async gc(valid: readonly { containerId: string; ifname: string }[] = this.attachments()): Promise<void> {
    const attachments = valid.map(({ containerId, ifname }) => ({ containerID: containerId, ifname }));
    for (const plugin of this.#plugins) succeeded(await this.call("GC", plugin, undefined, { attachments }));
  }

  /** The versions each plugin of the chain supports. @throws PluginFailure */
  async version(): Promise<string[][]> {
    const versions: string[][] = [];
    for (const plugin of this.#plugins) {
      const result = succeeded(await this.call("VERSION", plugin, undefined, {}));
      versions.push((result.supportedVersions ?? []) as string[]);
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
    options: PluginOptions,
  ): Promise<Outcome> {
    return callPlugin({
      argv: inNamespace(this.#node.namespace, [this.#find(plugin.type)]),
      verb,
      environment: { CNI_PATH: this.#path.join(":"), ...pluginEnvironment(pod, options), ...options.env },
      config: pluginInput(this.network, plugin, pod, options),
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

/** What a successful call answered; an empty object for the verbs that answer nothing. */
function succeeded(outcome: Outcome): CniResult {
  if (outcome.kind !== "success") throw new PluginFailure(outcome);
  return outcome.result ?? {};
}

/** What a runtime tells a plugin, as libcni composes it: the environment, and the configuration on standard input. */
import type { KillOptions } from "./plugin-process.ts";
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

export type CniResult = Record<string, unknown>;

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

/** A call's options, and what the runtime adds for the verb. */
export interface PluginOptions extends CallOptions {
  readonly prevResult?: CniResult | undefined;
  /** For GC: what is attached. */
  readonly attachments?: readonly { readonly containerID: string; readonly ifname: string }[];
}

/** What a plugin is told of a pod. */
export type PodIdentity = Pick<
  Pod,
  "name" | "namespace" | "uid" | "containerId" | "netnsPath" | "annotations"
>;

export function ifnameOf(options: CallOptions): string {
  return options.ifname ?? "eth0";
}

/** The `CNI_*` variables that tell of the pod; none for the verbs that are about no pod. */
export function pluginEnvironment(
  pod: PodIdentity | undefined,
  options: CallOptions,
): Record<string, string> {
  if (!pod) return {};
  const args = {
    IgnoreUnknown: "1",
    K8S_POD_NAMESPACE: pod.namespace,
    K8S_POD_NAME: pod.name,
    K8S_POD_INFRA_CONTAINER_ID: pod.containerId,
    K8S_POD_UID: pod.uid,
    ...options.args,
  };
  return {
    CNI_CONTAINERID: pod.containerId,
    CNI_IFNAME: ifnameOf(options),
    CNI_NETNS: options.forgotten ? "" : pod.netnsPath,
    CNI_ARGS: shuffled(Object.entries(args))
      .map(([key, value]) => `${key}=${value}`)
      .join(";"),
  };
}

/** One plugin's configuration with the network's name and version, and what goes with this call. */
export function pluginInput(
  network: NetworkConfig,
  plugin: PluginConfig,
  pod: PodIdentity | undefined,
  options: PluginOptions,
): Record<string, unknown> {
  const { capabilities = {}, ...rest } = plugin;
  const offered = { "io.kubernetes.cri.pod-annotations": pod?.annotations ?? {}, ...options.capabilityArgs };
  const runtimeConfig = Object.fromEntries(Object.entries(offered).filter(([name]) => capabilities[name]));
  return {
    ...rest,
    name: network.name,
    cniVersion: network.cniVersion,
    ...(pod && Object.keys(runtimeConfig).length > 0 ? { runtimeConfig } : {}),
    ...(options.prevResult === undefined ? {} : { prevResult: options.prevResult }),
    ...(options.attachments === undefined ? {} : { "cni.dev/valid-attachments": options.attachments }),
  };
}

/** In another order each time, as runtimes that range over a Go map do. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** The configuration a user of this lab would write for skynet, with the lab's own addresses in it. */
import type { Lab } from "./lab.ts";
import { physicalInterface, tunnelInterface } from "./layout.ts";
import type { Node } from "./node.ts";
import { hasAgent, hasOpenVswitch } from "./node-kinds.ts";
import type { NetworkConfig } from "./plugin-input.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * A network `pods` on flat1, for a node of its kind. With real Neutron the node's agent owns the uplinks; on a bare
 * node, and beside the simulator, there is none.
 *
 * @param changes merged over it, objects key by key
 */
export function pluginConfig(lab: Lab, node: Node, changes: Json = {}): NetworkConfig {
  const base: Json = {
    cniVersion: "1.0.0",
    name: "pods",
    type: "skynet",
    capabilities: { "io.kubernetes.cri.pod-annotations": true, ips: true, mac: true },
    hostname: node.hostname,
    state_dir: node.path("state"),
    log_file: node.path("skynet.log"),
    neutron: { neutron_url: lab.url, default_network_id: lab.seeded.flat1.id },
    plugin: {
      trunk_nic: physicalInterface,
      tunnel_nic: tunnelInterface,
      neutron_agent: hasAgent(lab.backend, node.kind) ? "required" : "none",
      ...switching(node),
    },
  };
  return merge(base, changes) as NetworkConfig;
}

function switching(node: Node): Json {
  if (!hasOpenVswitch(node.kind)) return { plugin_type: "linuxbridge" };
  return { plugin_type: "openvswitch", ovsdb_connection: node.openvswitch.connection };
}

/** `changes` laid over `base`, objects key by key; neither is changed. */
export function merge(base: Json, changes: Json): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) {
    const present = merged[key];
    merged[key] = isObject(present) && isObject(value) ? merge(present, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

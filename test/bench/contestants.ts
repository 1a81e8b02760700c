/** What is measured, and against what: the same pod connected by two plugins, each by a process of its own. */
import type { Lab } from "../../lab/lab.ts";
import type { Node } from "../../lab/node.ts";
import { pluginConfig } from "../../lab/plugin-config.ts";
import {
  type CniResult,
  type NetworkConfig,
  type PluginConfig,
  pluginEnvironment,
  pluginInput,
} from "../../lab/plugin-input.ts";
import type { Pod } from "../../lab/pod.ts";
import { runOnce, type Timed } from "./timing.ts";

export interface Contestant {
  readonly name: string;
  readonly executable: string;
  readonly network: NetworkConfig & PluginConfig;
}

/** Where Debian installs the reference plugins. */
const GO_PLUGINS = "/usr/lib/cni";

/** Without an agent of skynet's: everything happens in the process that is measured, with what the node remembers. */
export function skynet(lab: Lab, node: Node, executable: string, stateDir: string): Contestant {
  const network = pluginConfig(lab, node, {
    state_dir: stateDir,
    log_file: "",
    neutron: {
      // IPv4 alone, as the other side has it.
      default_subnet_id: lab.seeded.flat1.subnets[4],
      default_security_group_ids: lab.seeded.web,
      wait_active: true,
    },
    plugin: { neutron_agent: "required" },
  });
  return { name: "skynet", executable, network: network as NetworkConfig & PluginConfig };
}

/** `bridge` starts `host-local` for the address; together they know nothing beyond this node. */
export function goPlugins(node: Node): Contestant {
  const network = {
    cniVersion: "1.0.0",
    name: "reference",
    type: "bridge",
    bridge: "reference0",
    mtu: 1500,
    ipam: {
      type: "host-local",
      ranges: [[{ subnet: "10.60.0.0/16", gateway: "10.60.0.1" }]],
      routes: [{ dst: "0.0.0.0/0" }],
      dataDir: node.path("reference"),
    },
  };
  return { name: "bridge + host-local", executable: `${GO_PLUGINS}/bridge`, network };
}

/**
 * Runs one call as a runtime does.
 *
 * @param prevResult what ADD answered, for DEL
 */
export function call(
  contestant: Contestant,
  verb: "ADD" | "DEL" | "STATUS" | "VERSION",
  pod?: Pod,
  prevResult?: CniResult,
): Promise<Timed<unknown>> {
  const { executable, network } = contestant;
  const input = pluginInput(network, network, pod, { prevResult });
  const environment = { CNI_COMMAND: verb, CNI_PATH: GO_PLUGINS, ...pluginEnvironment(pod, {}) };
  return runOnce([executable], environment, JSON.stringify(input));
}

/** What is measured, and against what: the same pod connected by several plugins, each by a process of its own. */
import type { Lab } from "../../lab/lab.ts";
import { physicalInterface } from "../../lab/layout.ts";
import type { Node } from "../../lab/node.ts";
import type { NodeKind } from "../../lab/node-kinds.ts";
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

/** One plugin with its configuration, on a node. */
export interface Contestant {
  readonly name: string;
  /** The name of the one that its times are divided by. */
  readonly beside?: string;
  readonly node: Node;
  readonly executable: string;
  readonly network: NetworkConfig & PluginConfig;
}

/** A way for skynet to connect pods. Each has a node to itself. */
interface Wiring {
  readonly name: string;
  readonly beside: string;
  readonly node: NodeKind;
  readonly plugin: Readonly<Record<string, string>>;
}

/** Where Debian installs the reference plugins. */
const GO_PLUGINS = "/usr/lib/cni";
const BRIDGE = "bridge + host-local";
const MACVLAN = "macvlan + host-local";

/** There is no plugin for Open vSwitch among Debian's: a plain bridge stands beside it. */
const wirings: readonly Wiring[] = [
  {
    name: "skynet, linuxbridge",
    beside: BRIDGE,
    node: "linuxbridge",
    plugin: { plugin_type: "linuxbridge", neutron_agent: "required" },
  },
  {
    name: "skynet, openvswitch",
    beside: BRIDGE,
    node: "openvswitch",
    plugin: { plugin_type: "openvswitch", neutron_agent: "required" },
  },
  {
    name: "skynet, openvswitch without agent",
    beside: BRIDGE,
    node: "openvswitch",
    plugin: { plugin_type: "openvswitch", neutron_agent: "none", security_groups: "ignore" },
  },
  {
    name: "skynet, macvlan",
    beside: MACVLAN,
    node: "bare",
    plugin: { plugin_type: "macvlan", neutron_agent: "none", security_groups: "ignore" },
  },
];

/** The nodes that a lab must have for {@link contestants}. */
export const kindsOfNodes = wirings.map(({ node }) => node);

/** skynet in all its wirings, linuxbridge first; the Go plugins are on the nodes of their likes. */
export function contestants(lab: Lab, executable: string): [Contestant, ...Contestant[]] {
  const [linuxbridge, ...others] = wirings.map((wiring, index) => ({
    ...wiring,
    node: lab.node(index + 1),
    executable,
    network: skynetNetwork(lab, lab.node(index + 1), wiring),
  }));
  const macvlan = others.find(({ beside }) => beside === MACVLAN);
  if (!linuxbridge || !macvlan) throw new Error("nothing to compare the Go plugins with");
  return [
    linuxbridge,
    ...others,
    goPlugin(BRIDGE, linuxbridge.node, { type: "bridge", bridge: "reference0" }),
    goPlugin(MACVLAN, macvlan.node, { type: "macvlan", master: physicalInterface, mode: "bridge" }),
  ];
}

/** The same on a node that knows nothing yet: no store, hence nothing of Neutron's networks and subnets. */
export function withState(contestant: Contestant, stateDir: string): Contestant {
  return { ...contestant, network: { ...contestant.network, state_dir: stateDir } };
}

/** Without an agent of skynet's: everything happens in the process that is measured, with what the node remembers. */
function skynetNetwork(lab: Lab, node: Node, { plugin }: Wiring): NetworkConfig & PluginConfig {
  const network = pluginConfig(lab, node, {
    log_file: "",
    neutron: {
      // IPv4 alone, as the other side has it.
      default_subnet_id: lab.seeded.flat1.subnets[4],
      default_security_group_ids: lab.seeded.web,
      wait_active: true,
    },
    plugin,
  });
  return network as NetworkConfig & PluginConfig;
}

/** `host-local` is started for the address; together they know nothing beyond this node. */
function goPlugin(name: string, node: Node, settings: PluginConfig): Contestant {
  const network = {
    cniVersion: "1.0.0",
    name: "reference",
    mtu: 1500,
    ...settings,
    ipam: {
      type: "host-local",
      ranges: [[{ subnet: "10.60.0.0/16", gateway: "10.60.0.1" }]],
      routes: [{ dst: "0.0.0.0/0" }],
      dataDir: node.path("reference"),
    },
  };
  return { name, node, executable: `${GO_PLUGINS}/${settings.type}`, network };
}

/**
 * Runs one call as a runtime does, on the contestant's node.
 *
 * @param prevResult what ADD answered, for DEL
 */
export function call(
  { node, executable, network }: Contestant,
  verb: "ADD" | "DEL" | "STATUS" | "VERSION",
  pod?: Pod,
  prevResult?: CniResult,
): Promise<Timed<unknown>> {
  const input = pluginInput(network, network, pod, { prevResult });
  const environment = { CNI_COMMAND: verb, CNI_PATH: GO_PLUGINS, ...pluginEnvironment(pod, {}) };
  return runOnce([executable], { namespace: node.namespace, environment, input: JSON.stringify(input) });
}

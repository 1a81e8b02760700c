/** What is measured, and against what: the same pod connected by several plugins, each by a process of its own. */
import { agentSocket } from "../../lab/agent-process.ts";
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
  /** Whether an agent of skynet's does the work, on the contestant's node. */
  readonly hasAgent: boolean;
}

/** A way for skynet to connect pods. Each has a node to itself. */
interface Wiring {
  readonly name: string;
  readonly beside: string;
  readonly node: NodeKind;
  readonly plugin: Readonly<Record<string, string>>;
  /** Settings of skynet's agent; without them there is none. */
  readonly agent?: Readonly<Record<string, number>>;
}

/** Where Debian installs the reference plugins. */
const GO_PLUGINS = "/usr/lib/cni";
const BRIDGE = "bridge + host-local";
const MACVLAN = "macvlan + host-local";

/** As many as come at once find a port that is ready; those of removed pods come back soon. */
const FIFTY_READY = { hot_ports_min: 50, hot_ports_max: 150, hot_ports_batch: 50, hot_ports_cooldown: 1 };
/** As a busy node might have it, but for the pause, which has ports go round more often. */
const FEW_READY = { hot_ports_min: 20, hot_ports_max: 60, hot_ports_batch: 20, hot_ports_cooldown: 1 };

/** So few that a switch has about as many ports as one without an agent. */
const TWO_READY = { hot_ports_min: 2, hot_ports_max: 4, hot_ports_batch: 2 };

/** The contestant whose ports serve one pod after the other. */
const RECYCLING = "skynet agent, few ports";

/** There is no plugin for Open vSwitch among Debian's: a plain bridge stands beside it. */
const switched = { plugin_type: "openvswitch", neutron_agent: "required" };
const bridged = { plugin_type: "linuxbridge", neutron_agent: "required" };
const macvlans = { plugin_type: "macvlan", neutron_agent: "none", security_groups: "ignore" };

const wirings: readonly Wiring[] = [
  { name: "skynet, linuxbridge", beside: BRIDGE, node: "linuxbridge", plugin: bridged },
  {
    name: "skynet agent, linuxbridge",
    beside: BRIDGE,
    node: "linuxbridge",
    plugin: bridged,
    agent: FIFTY_READY,
  },
  { name: "skynet, openvswitch", beside: BRIDGE, node: "openvswitch", plugin: switched },
  {
    name: "skynet agent, openvswitch",
    beside: BRIDGE,
    node: "openvswitch",
    plugin: switched,
    agent: FIFTY_READY,
  },
  {
    name: "skynet, openvswitch without agent",
    beside: BRIDGE,
    node: "openvswitch",
    plugin: { plugin_type: "openvswitch", neutron_agent: "none", security_groups: "ignore" },
  },
  { name: "skynet, macvlan", beside: MACVLAN, node: "bare", plugin: macvlans },
  { name: "skynet agent, macvlan", beside: MACVLAN, node: "bare", plugin: macvlans, agent: FIFTY_READY },
  { name: RECYCLING, beside: BRIDGE, node: "linuxbridge", plugin: bridged, agent: FEW_READY },
];

/** The nodes that a lab must have for {@link contestants}. */
export const kindsOfNodes = wirings.map(({ node }) => node);

/** Who is measured in a lab. */
export interface Field {
  /** In turns: skynet in all its wirings, linuxbridge first; the Go plugins are on the nodes of their likes. */
  readonly all: readonly [Contestant, ...Contestant[]];
  /** Whose ports serve one pod after the other, with the plugin that it is measured beside. */
  readonly recycling: readonly [Contestant, Contestant];
}

/** @param subnet of the pods of skynet */
export function contestants(lab: Lab, executable: string, subnet: string): Field {
  const ours = wirings.map((wiring, index): Contestant => {
    const node = lab.node(index + 1);
    const network = skynetNetwork(lab, node, wiring, subnet);
    const { name, beside } = wiring;
    return { name, beside, node, executable, network, hasAgent: wiring.agent !== undefined };
  });
  const recycling = ours.pop();
  const [linuxbridge, ...others] = ours;
  const macvlan = others.find(({ beside }) => beside === MACVLAN);
  if (!linuxbridge || !macvlan || !recycling) throw new Error("nothing to compare the Go plugins with");
  return {
    all: [
      linuxbridge,
      ...others,
      bridgePlugin(linuxbridge.node),
      goPlugin(MACVLAN, macvlan.node, { type: "macvlan", master: physicalInterface, mode: "bridge" }),
    ],
    recycling: [recycling, bridgePlugin(recycling.node)],
  };
}

/** The same on a node that knows nothing yet: no store, hence nothing of Neutron's networks and subnets. */
export function withState(contestant: Contestant, stateDir: string): Contestant {
  return { ...contestant, network: { ...contestant.network, state_dir: stateDir } };
}

/** The same with hardly a port that is ready, if it has an agent. */
export function withFewPorts(contestant: Contestant): Contestant {
  if (!contestant.hasAgent) return contestant;
  const { network } = contestant;
  return { ...contestant, network: { ...network, agent: { ...(network.agent as object), ...TWO_READY } } };
}

/** Without an agent everything happens in the process that is measured, with what the node remembers. */
function skynetNetwork(
  lab: Lab,
  node: Node,
  { plugin, agent }: Wiring,
  subnet: string,
): NetworkConfig & PluginConfig {
  const network = pluginConfig(lab, node, {
    log_file: "",
    neutron: {
      // IPv4 alone, as the other side has it.
      default_subnet_id: subnet,
      default_security_group_ids: lab.seeded.web,
      wait_active: true,
    },
    plugin: { ...plugin, agent: agent === undefined ? "off" : "required" },
    ...(agent === undefined ? {} : { agent: { socket: agentSocket(node), ...agent } }),
  });
  return network as NetworkConfig & PluginConfig;
}

/** What everybody knows, on a node. */
export function bridgePlugin(node: Node): Contestant {
  return goPlugin(BRIDGE, node, { type: "bridge", bridge: "reference0" });
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
  return { name, node, executable: `${GO_PLUGINS}/${settings.type}`, network, hasAgent: false };
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

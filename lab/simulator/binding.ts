/** Who wires a port: the agent on its host, if there is one that can reach the network (ML2's mechanism drivers). */
import type { Cloud } from "./cloud.ts";
import type { Agent, Network, Port } from "./model.ts";

export type Binding = Pick<Port, "binding:vif_type" | "binding:vif_details">;

interface Driver {
  readonly vifType: string;
  readonly driver: string;
  /** The key of an agent's configurations that lists its physical networks. */
  readonly mappings: string;
  /** What `binding:vif_details` says of the agent beside what is said of every one. */
  readonly details?: (configurations: Readonly<Record<string, unknown>>) => Record<string, unknown>;
}

const DRIVERS: Readonly<Record<string, Driver>> = {
  "Linux bridge agent": { vifType: "bridge", driver: "linuxbridge", mappings: "interface_mappings" },
  "Open vSwitch agent": {
    vifType: "ovs",
    driver: "openvswitch",
    mappings: "bridge_mappings",
    details: (configurations) => ({
      bridge_name: configurations.integration_bridge ?? "br-int",
      datapath_type: configurations.datapath_type ?? "system",
      ovs_hybrid_plug: configurations.ovs_hybrid_plug ?? false,
    }),
  },
};

/** `unbound` without a host, `binding_failed` without an agent for it: never an error. */
export function bind(cloud: Cloud, network: Network, host: string): Binding {
  if (host === "") return { "binding:vif_type": "unbound", "binding:vif_details": {} };
  for (const agent of cloud.agents.select("host = ? AND alive = 1", [host])) {
    const driver = DRIVERS[agent.agent_type];
    if (driver === undefined || !reaches(agent, network, driver.mappings)) continue;
    return {
      "binding:vif_type": driver.vifType,
      "binding:vif_details": {
        connectivity: "l2",
        port_filter: true,
        ...driver.details?.(agent.configurations),
        bound_drivers: { "0": driver.driver },
      },
    };
  }
  return { "binding:vif_type": "binding_failed", "binding:vif_details": {} };
}

export function isBound(port: Pick<Port, "binding:vif_type">): boolean {
  return port["binding:vif_type"] !== "unbound" && port["binding:vif_type"] !== "binding_failed";
}

function reaches(agent: Agent, network: Network, mappings: string): boolean {
  const kind = network["provider:network_type"];
  if (kind === "local") return true;
  const { tunnel_types: tunnels, [mappings]: physical } = agent.configurations;
  if (kind === "vxlan") return Array.isArray(tunnels) && tunnels.includes("vxlan");
  return (
    typeof physical === "object" &&
    physical !== null &&
    (network["provider:physical_network"] ?? "") in physical
  );
}

/** /v2.0/agents; they are registered through the admin API, as real ones register over the message bus. */
import { readOnly, standardAttributes } from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { agentNotFound } from "./errors.ts";
import type { Agent } from "./model.ts";
import type { ResourceType } from "./resource.ts";

const BINARIES: Readonly<Record<string, string>> = {
  "Linux bridge agent": "neutron-linuxbridge-agent",
  "Open vSwitch agent": "neutron-openvswitch-agent",
  "L3 agent": "neutron-l3-agent",
  "DHCP agent": "neutron-dhcp-agent",
};

export const agentType: ResourceType<Agent> = {
  singular: "agent",
  collection: "agents",
  table: (cloud) => cloud.agents,
  attributes: { ...standardAttributes, host: readOnly },
  filters: {
    id: "column",
    agent_type: "column",
    binary: "column",
    host: "column",
    alive: "column",
    description: "column",
  },
  notFound: agentNotFound,
  present: (_cloud, row) => {
    const time = row.updated_at.replace("T", " ").replace("Z", "");
    return {
      id: row.id,
      agent_type: row.agent_type,
      binary: row.binary,
      topic: "N/A",
      host: row.host,
      admin_state_up: true,
      created_at: time,
      started_at: time,
      heartbeat_timestamp: time,
      description: null,
      resources_synced: null,
      availability_zone: null,
      alive: row.alive,
      configurations: row.configurations,
    };
  },
};

export interface AgentRegistration {
  host: string;
  agent_type?: string;
  alive?: boolean;
  configurations?: Record<string, unknown>;
}

/** Adds the agent of that kind on that host, or changes it (`alive: false` is a dead one). */
export function registerAgent(cloud: Cloud, registration: AgentRegistration): Agent {
  const { host, agent_type: type = "Linux bridge agent", alive = true } = registration;
  const configurations = registration.configurations ?? {
    interface_mappings: { physnet1: "eth1" },
    bridge_mappings: { physnet1: "br-phys" },
    tunnel_types: ["vxlan"],
  };
  const existing = cloud.agents.select("host = ? AND agent_type = ?", [host, type])[0];
  if (existing === undefined) {
    const binary = BINARIES[type] ?? "neutron-agent";
    return cloud.agents.insert({ project_id: "", host, agent_type: type, binary, alive, configurations });
  }
  cloud.agents.update(existing.id, { alive, configurations });
  return cloud.agents.get(existing.id) ?? existing;
}

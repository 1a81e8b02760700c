/** The resources' rows and tables. Attribute names are Neutron's own. */
import type { Standard, TableShape } from "./table.ts";

export interface Network extends Standard {
  name: string;
  admin_state_up: boolean;
  mtu: number;
  status: string;
  shared: boolean;
  port_security_enabled: boolean;
  dns_domain: string;
  "router:external": boolean;
  "provider:network_type": string;
  "provider:physical_network": string | null;
  "provider:segmentation_id": number | null;
  subnets: string[];
  tags: string[];
}

export interface Subnet extends Standard {
  name: string;
  network_id: string;
  ip_version: 4 | 6;
  enable_dhcp: boolean;
  ipv6_ra_mode: string | null;
  ipv6_address_mode: string | null;
  gateway_ip: string | null;
  cidr: string;
  allocation_pools: { start: string; end: string }[];
  host_routes: { destination: string; nexthop: string }[];
  dns_nameservers: string[];
  service_types: string[];
  tags: string[];
}

export interface FixedIp {
  subnet_id: string;
  ip_address: string;
}

export interface Port extends Standard {
  name: string;
  network_id: string;
  mac_address: string;
  admin_state_up: boolean;
  status: string;
  device_id: string;
  device_owner: string;
  allowed_address_pairs: unknown[];
  extra_dhcp_opts: unknown[];
  "binding:vnic_type": string;
  "binding:profile": Record<string, unknown>;
  "binding:host_id": string;
  "binding:vif_type": string;
  "binding:vif_details": Record<string, unknown>;
  port_security_enabled: boolean;
  dns_name: string;
  dns_domain: string;
  ip_allocation: string;
  fixed_ips: FixedIp[];
  security_groups: string[];
  tags: string[];
}

export interface SecurityGroup extends Standard {
  name: string;
  stateful: boolean;
  tags: string[];
}

export interface SecurityGroupRule extends Standard {
  security_group_id: string;
  ethertype: string;
  direction: string;
  protocol: string | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
  remote_group_id: string | null;
}

export interface Router extends Standard {
  name: string;
  admin_state_up: boolean;
  status: string;
  external_gateway_info: Record<string, unknown> | null;
  routes: unknown[];
  tags: string[];
}

export interface Agent extends Standard {
  agent_type: string;
  binary: string;
  host: string;
  alive: boolean;
  configurations: Record<string, unknown>;
}

const TAGS = "SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE resource_id = t.id ORDER BY tag)";

export const networkShape: TableShape = {
  name: "networks",
  columns: {
    name: "text",
    admin_state_up: "boolean",
    mtu: "integer",
    status: "text",
    shared: "boolean",
    port_security_enabled: "boolean",
    dns_domain: "text",
    "router:external": "boolean",
    "provider:network_type": "text",
    "provider:physical_network": "text",
    "provider:segmentation_id": "integer",
  },
  derived: {
    subnets: "SELECT json_group_array(id) FROM subnets WHERE network_id = t.id",
    tags: TAGS,
  },
};

export const subnetShape: TableShape = {
  name: "subnets",
  columns: {
    name: "text",
    network_id: "text",
    ip_version: "integer",
    enable_dhcp: "boolean",
    ipv6_ra_mode: "text",
    ipv6_address_mode: "text",
    gateway_ip: "text",
    cidr: "text",
    allocation_pools: "json",
    host_routes: "json",
    dns_nameservers: "json",
    service_types: "json",
  },
  derived: { tags: TAGS },
  indexes: [["network_id"]],
};

export const portShape: TableShape = {
  name: "ports",
  columns: {
    name: "text",
    network_id: "text",
    mac_address: "text",
    admin_state_up: "boolean",
    status: "text",
    device_id: "text",
    device_owner: "text",
    allowed_address_pairs: "json",
    extra_dhcp_opts: "json",
    "binding:vnic_type": "text",
    "binding:profile": "json",
    "binding:host_id": "text",
    "binding:vif_type": "text",
    "binding:vif_details": "json",
    port_security_enabled: "boolean",
    dns_name: "text",
    dns_domain: "text",
    ip_allocation: "text",
  },
  derived: {
    fixed_ips:
      "SELECT json_group_array(json_object('subnet_id', subnet_id, 'ip_address', ip_address)) FROM " +
      "(SELECT subnet_id, ip_address FROM allocations WHERE port_id = t.id ORDER BY place)",
    security_groups:
      "SELECT json_group_array(security_group_id) FROM " +
      "(SELECT security_group_id FROM port_security_groups WHERE port_id = t.id ORDER BY security_group_id)",
    tags: TAGS,
  },
  indexes: [["network_id", "mac_address"], ["device_id"], ["project_id"], ["name"], ["binding:host_id"]],
};

export const securityGroupShape: TableShape = {
  name: "security_groups",
  columns: { name: "text", stateful: "boolean" },
  derived: { tags: TAGS },
  indexes: [["project_id"]],
};

export const securityGroupRuleShape: TableShape = {
  name: "security_group_rules",
  columns: {
    security_group_id: "text",
    ethertype: "text",
    direction: "text",
    protocol: "text",
    port_range_min: "integer",
    port_range_max: "integer",
    remote_ip_prefix: "text",
    remote_group_id: "text",
  },
  indexes: [["security_group_id"], ["project_id"]],
};

export const routerShape: TableShape = {
  name: "routers",
  columns: {
    name: "text",
    admin_state_up: "boolean",
    status: "text",
    external_gateway_info: "json",
    routes: "json",
  },
  derived: { tags: TAGS },
};

export const agentShape: TableShape = {
  name: "agents",
  columns: { agent_type: "text", binary: "text", host: "text", alive: "boolean", configurations: "json" },
  indexes: [["host"]],
};

/** The tables that are no resources of their own. */
export const RELATIONS = `
  CREATE TABLE IF NOT EXISTS tags (resource_id TEXT, tag TEXT COLLATE NOCASE, PRIMARY KEY (resource_id, tag)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS tags_tag ON tags (tag);
  CREATE TABLE IF NOT EXISTS allocations (
    subnet_id TEXT, ip_address TEXT, port_id TEXT, place INTEGER, PRIMARY KEY (subnet_id, ip_address)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS allocations_port ON allocations (port_id);
  CREATE INDEX IF NOT EXISTS allocations_address ON allocations (ip_address);
  CREATE TABLE IF NOT EXISTS port_security_groups (
    port_id TEXT, security_group_id TEXT, PRIMARY KEY (port_id, security_group_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS port_security_groups_group ON port_security_groups (security_group_id);
  CREATE TABLE IF NOT EXISTS quotas (project_id TEXT, resource TEXT, quota INTEGER, PRIMARY KEY (project_id, resource))
    WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY, value TEXT);
  CREATE TABLE IF NOT EXISTS tokens (id TEXT PRIMARY KEY, expires_at INTEGER, identity TEXT) WITHOUT ROWID;
`;

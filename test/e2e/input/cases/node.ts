import type { Json, Table } from "../case.ts";

/** On this host Neutron's agent has the uplinks: any network can be wired. */
function withAgent(network: string, neutron: Json = {}): Json {
  return {
    hostname: "agents-node",
    neutron: { ...neutron, default_network_id: network },
    plugin: { neutron_agent: "required" },
  };
}

const SERVICES = {
  service_subnet_enabled: true,
  external_router_gateway_ip: "203.0.113.1",
  service_cluster_ip_cidr: "10.254.0.0/16",
};

/** What the node does not have, or not as the configuration says. */
export const node: Table = {
  topic: "node",
  cases: [
    {
      name: "a file in place of state_dir",
      files: { state: "" },
      code: 5,
      says: [/\/state/, /state_dir/, /file already exists/],
    },
    {
      name: "state_dir below a file",
      files: { file: "" },
      config: { state_dir: "@dir@/file/state" },
      code: 5,
      says: [/\/file\/state/, /state_dir/],
    },
    {
      name: "state_dir that does not accept files",
      config: { state_dir: "/proc/skynet" },
      code: 5,
      says: [/\/proc\/skynet/, /state_dir/],
    },
    {
      name: "STATUS with a file in place of state_dir",
      verb: "STATUS",
      files: { state: "" },
      config: { cniVersion: "1.1.0" },
      code: 5,
      says: [/\/state/, /state_dir/],
    },
    {
      name: "log_file in a folder that is not there: a warning, and the pod is attached",
      config: { ...withAgent("@vx1@"), log_file: "/no/such/folder/skynet.log" },
      code: 0,
      says: [/log file cannot be opened/, /\/no\/such\/folder\/skynet\.log/, /INFO +attached/],
    },
    {
      name: "a NIC that is not there",
      config: { plugin: { trunk_nic: "ens192" } },
      code: 105,
      says: [/NIC ens192/, /not on this node/, /plugin\.trunk_nic/],
    },
    {
      name: "no NIC for a physical network",
      config: {
        plugin: { trunk_nic: undefined, physical_networks: { physnet7: "nic0" } },
      },
      code: 105,
      says: [/physical network physnet1/, /plugin\.physical_networks\.physnet1/],
    },
    {
      name: "vxlan without Neutron's agent",
      config: { neutron: { default_network_id: "@vx1@" } },
      code: 105,
      says: [/vxlan needs Neutron's agent/, /plugin\.neutron_agent/],
    },
    {
      name: "a gateway of services that this node does not reach",
      config: withAgent("@flat1@", SERVICES),
      code: 105,
      says: [/203\.0\.113\.1/, /neutron\.external_router_gateway_ip/],
    },
    {
      name: "Open vSwitch where there is none",
      config: { plugin: { plugin_type: "openvswitch", ovsdb_connection: "unix:@dir@/db.sock" } },
      code: 11,
      says: [/db\.sock/, /is Open vSwitch running on this node/, /plugin\.ovsdb_connection/],
    },
    {
      name: "Open vSwitch at a port where nobody listens",
      config: { plugin: { plugin_type: "openvswitch", ovsdb_connection: "tcp:127.0.0.1:1" } },
      code: 11,
      says: [/tcp:127\.0\.0\.1:1/, /plugin\.ovsdb_connection/],
    },
    {
      name: "macvlan on a network without a NIC",
      config: { plugin: { plugin_type: "macvlan" }, neutron: { default_network_id: "@vx1@" } },
      code: 105,
      says: [/macvlan puts pods on a NIC, and a network of type vxlan is on none/, /plugin\.plugin_type/],
    },
    {
      name: "macvlan, and a security group by annotation",
      annotations: { "skynet/security_group_ids": "@web@" },
      config: { plugin: { plugin_type: "macvlan" } },
      code: 101,
      says: [/with plugin\.plugin_type "macvlan" nothing enforces security groups/],
    },
    {
      name: "STATUS with a NIC that is not there",
      verb: "STATUS",
      config: { cniVersion: "1.1.0", plugin: { trunk_nic: "ens192" } },
      code: 51,
      says: [/NIC ens192 \(plugin\.trunk_nic\) is missing/],
    },
    {
      name: "no right to change the network",
      through: ["setpriv", "--bounding-set=-net_admin"],
      code: 105,
      says: [/EPERM/, /must run as root/],
    },
  ],
};

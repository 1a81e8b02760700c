import type { Case, Json, Table } from "../case.ts";

const POD = /pod shop\/web-0/;
const ID = /must be the id \(UUID\)/;
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

/** One annotation with a value that cannot be: annotation, value and pod are named. */
function refused(annotation: string, value: string, ...says: RegExp[]): Case {
  return {
    name: `skynet/${annotation} ${JSON.stringify(value)}`,
    annotations: { [`skynet/${annotation}`]: value },
    code: 101,
    says: [
      new RegExp(`^annotation skynet/${annotation} of pod shop/web-0 `),
      new RegExp(RegExp.escape(value)),
      ...says,
    ],
  };
}

function together(name: string, annotations: Json, code: number, ...says: RegExp[]): Case {
  return { name, annotations, code, says: [POD, ...says] };
}

export const annotations: Table = {
  topic: "annotations",
  cases: [
    refused("network_id", "flat1", ID),
    refused("network_id", "e5e7478a-53ec-4063-a4dc", ID),
    refused("subnet_id", "10.50.0.0/24", ID),
    refused("security_group_ids", "web,default", /ids \(UUIDs\) separated by commas/),
    refused("ip", "10.51.0.300", /must be an IPv4 or IPv6 address/),
    refused("ip", "10.51.0.010", /must be an IPv4 or IPv6 address/),
    refused("ip", "web-0.shop", /must be an IPv4 or IPv6 address/),
    refused("ip", "fe80::1%eth0", /must be an IPv4 or IPv6 address/),
    refused("ip", "10.51.0.20/22", /without prefix length/),
    refused("ip", "10.51.0.20,10.51.0.21", /second IPv4 address/),
    refused("ip", "2001:db8::1 2001:db8::2", /second IPv6 address/),
    refused("ip", "127.0.0.1", /loopback/),
    refused("ip", "224.0.0.5", /multicast/),
    refused("ip", "0.0.0.0", /unspecified/),
    refused("ip", "255.255.255.255", /broadcast/),
    refused("ip", "169.254.1.1", /link-?local/i),
    refused("mac", "fa:16:3e:00:00", /six bytes/),
    refused("mac", "fa163e000001", /six bytes/),
    refused("mac", "01:00:5e:00:00:01", /unicast/),
    refused("mac", "00:00:00:00:00:00", /zero/),
    refused("port_security", "no", /must be "true" or "false"/),
    refused("port_security", "False", /must be "true" or "false"/),
    together(
      "security groups without port security",
      { "skynet/port_security": "false", "skynet/security_group_ids": UNKNOWN },
      101,
      /skynet\/port_security/,
      /remove it or skynet\/security_group_ids/,
    ),
    {
      name: "a number for a value",
      annotations: { "skynet/mac": 7 },
      code: 7,
      says: [/runtimeConfig\["io\.kubernetes\.cri\.pod-annotations"\]/, /skynet\/mac/, /must be a string/],
    },
    {
      name: "a list in place of annotations",
      config: { runtimeConfig: { "io.kubernetes.cri.pod-annotations": ["skynet/mac"] } },
      code: 7,
      says: [/io\.kubernetes\.cri\.pod-annotations/, /must be an object/],
    },
    refused("network_id", UNKNOWN, /NetworkNotFound/, /could not be found/),
    refused("subnet_id", UNKNOWN, /SubnetNotFound/),
    {
      ...refused("security_group_ids", UNKNOWN, /SecurityGroupNotFound/),
      config: { plugin: { security_groups: "ignore" } },
    },
    {
      name: "a security group where nothing enforces it",
      annotations: { "skynet/security_group_ids": "@web@" },
      code: 101,
      says: [
        /^annotation skynet\/security_group_ids of pod shop\/web-0: /,
        /without Neutron's agent on the node \(plugin\.neutron_agent "none"\) nothing enforces security groups/,
        /plugin\.security_groups to "ignore"/,
      ],
    },
    {
      name: "a security group of the configuration where nothing enforces it, and it must be",
      config: { neutron: { default_security_group_ids: "@web@" }, plugin: { security_groups: "require" } },
      code: 101,
      says: [/^pod shop\/web-0: /, /plugin\.security_groups is "require"/, /skynet\/port_security/],
    },
    {
      name: "the same without that: a warning, and the pod is attached",
      config: {
        hostname: "agents-node",
        neutron: { default_network_id: "@flat1@", default_security_group_ids: "@web@" },
      },
      code: 0,
      says: [/nothing enforces security groups: every packet passes/],
    },
    together(
      "an address outside of the network",
      { "skynet/ip": "192.0.2.5" },
      101,
      /annotation skynet\/ip/,
      /192\.0\.2\.5/,
      /10\.51\.0\.0\/22/,
    ),
    together(
      "an IPv6 address where there is only IPv4",
      { "skynet/ip": "2001:db8::5" },
      101,
      /annotation skynet\/ip/,
      /2001:db8::5/,
      /10\.51\.0\.0\/22/,
    ),
    together(
      "the subnet's own address",
      { "skynet/ip": "10.51.0.0" },
      101,
      /skynet\/ip/,
      /InvalidIpForSubnet/,
    ),
    together(
      "the subnet's broadcast address",
      { "skynet/ip": "10.51.3.255" },
      101,
      /skynet\/ip/,
      /10\.51\.3\.255/,
    ),
    together(
      "a machine's address",
      { "skynet/ip": "10.51.0.77" },
      102,
      /10\.51\.0\.77/,
      /compute:nova/,
      /a-machine/,
    ),
    together(
      "a router's address",
      { "skynet/ip": "10.51.0.78" },
      102,
      /10\.51\.0\.78/,
      /router/,
      /another address/,
    ),
    together(
      "a machine's MAC",
      { "skynet/mac": "FA-16-3E-AA-00-01" },
      102,
      /annotation skynet\/mac/,
      /fa:16:3e:aa:00:01/,
      /MacAddressInUse/,
    ),
    {
      name: "a network that does not exist, by the configuration",
      config: { neutron: { default_network_id: UNKNOWN } },
      code: 101,
      says: [/neutron\.default_network_id/, new RegExp(UNKNOWN), /could not be found/],
    },
    {
      name: "a security group that does not exist, by the configuration",
      config: { neutron: { default_security_group_ids: UNKNOWN } },
      code: 101,
      says: [/neutron\.default_security_group_ids/, new RegExp(UNKNOWN), /SecurityGroupNotFound/],
    },
    {
      name: "no network, neither by the pod nor by the configuration",
      config: { neutron: { default_network_id: undefined } },
      code: 101,
      says: [POD, /skynet\/network_id/, /neutron\.default_network_id/],
    },
    {
      name: "a misspelt annotation is told of, and does no harm",
      annotations: { "skynet/network-id": UNKNOWN },
      config: { hostname: "agents-node", plugin: { neutron_agent: "required" } },
      code: 0,
      says: [/skynet\/network-id of pod shop\/web-0/, /did you mean skynet\/network_id\?/],
    },
  ],
};

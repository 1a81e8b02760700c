import { type Case, type Json, SECRET, type Table, type Verb } from "../case.ts";

/** A value that is not allowed: the message has its key, the value and what is allowed. */
function bad(key: string, value: unknown, shown: RegExp, allowed: RegExp): Case {
  const path = key.split(".");
  const config = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Json;
  return {
    name: `${key} ${short(value)}`,
    config,
    code: 7,
    says: [/^invalid configuration: /, new RegExp(`${key.replaceAll(".", "\\.")}\\S* is`), shown, allowed],
  };
}

function short(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function combination(name: string, config: Json, ...says: RegExp[]): Case {
  return { name, config, code: 7, says: [/^invalid configuration: /, ...says] };
}

const UUID = /it must be a UUID such as/;
const URL = /it must be an http:\/\/ or https:\/\/ URL/;
const SECONDS = /it must be a number of seconds from 1 to 3600/;
const NIC = /it must be the name of a network device/;
const PATH = /it must be an absolute path/;
const OBJECT = /it must be an object/;

const services = {
  service_subnet_enabled: true,
  external_router_gateway_ip: "192.168.7.160",
  service_cluster_ip_cidr: "10.254.0.0/16",
};

function everyVerb(verb: Verb): Case {
  return {
    name: `${verb} with a bad value`,
    verb,
    config: {
      cniVersion: "1.1.0",
      log_level: "loud",
      prevResult: { cniVersion: "1.1.0" },
      "cni.dev/valid-attachments": [],
    },
    code: 7,
    says: [/log_level is "loud"/, /"debug"/],
  };
}

export const config: Table = {
  topic: "configuration",
  cases: [
    { name: "no name", config: { name: undefined }, code: 7, says: [/name is missing/] },
    { name: "an invalid name", config: { name: "-pods" }, code: 7, says: [/name "-pods" is invalid/] },
    { name: "a number for a name", config: { name: 5 }, code: 7, says: [/name must be a string, but is 5/] },
    bad("type", 7, /is 7/, /name of the executable/),
    bad("log_level", "loud", /"loud"/, /"debug", "info", "warn" or "error"/),
    bad("log_file", "skynet.log", /"skynet\.log"/, PATH),
    bad("cluster_name", "my cluster", /"my cluster"/, /1 to 45 letters/),
    bad("cluster_name", "c".repeat(46), /"ccc/, /1 to 45 letters/),
    bad("hostname", "node_1 ", /"node_1 "/, /it must be a host name/),
    bad("state_dir", "var/lib", /"var\/lib"/, PATH),
    bad("deadlines.add", "10s", /"10s"/, SECONDS),
    bad("deadlines.del", 0, /is 0/, SECONDS),
    bad("deadlines.gc", 3601, /3601/, SECONDS),
    bad("deadlines", [], /a list/, OBJECT),
    bad("neutron", "http://10.0.0.10:9696", /"http/, OBJECT),
    bad("neutron.neutron_url", "10.0.0.10:9696", /"10\.0/, URL),
    bad("neutron.neutron_url", "ftp://10.0.0.10", /"ftp/, URL),
    bad("neutron.neutron_url", `http://admin:${SECRET}@10.0.0.10:9696`, /\(hidden\)@/, URL),
    bad("neutron.neutron_url", `http://10.0.0.10:9696/?token=${SECRET}`, /\?\(hidden\)/, URL),
    bad("neutron.default_network_id", "flat1", /"flat1"/, UUID),
    bad("neutron.default_subnet_id", 12, /is 12/, UUID),
    bad("neutron.default_security_group_ids", ["a"], /a list/, /UUIDs separated by commas/),
    bad("neutron.default_security_group_ids", "web,db", /"web" is not a UUID/, /UUIDs separated by commas/),
    bad("neutron.service_subnet_enabled", "true", /"true"/, /true or false/),
    bad("neutron.reclaim_ip", "always", /"always"/, /"pods", "any" or "never"/),
    bad("neutron.wait_active", "yes", /"yes"/, /true or false/),
    bad("neutron.request_timeout", 0.5, /0\.5/, SECONDS),
    bad("neutron.external_router_gateway_ip", "192.168.7.999", /999"/, /IP address/),
    bad("neutron.service_cluster_ip_cidr", "10.254.0.0", /"10\.254\.0\.0"/, /CIDR/),
    bad("neutron.service_cluster_ip_cidr", "10.254.3.0/16", /3\.0\/16/, /did you mean 10\.254\.0\.0\/16\?/),
    bad("openstack", [], /a list/, OBJECT),
    bad("openstack.auth_type", "v2password", /"v2password"/, /"v3applicationcredential"/),
    bad("openstack.auth_url", "keystone:5000", /"keystone:5000"/, URL),
    bad("openstack.password", 123, /\(hidden\)/, /string/),
    bad("openstack.token", { [SECRET]: 1 }, /\(hidden\)/, /string/),
    bad(
      "openstack.application_credential_secret",
      SECRET.repeat(1000),
      /\(hidden\)/,
      /at most 4096 characters/,
    ),
    bad("openstack.interface", "publicURL", /"publicURL"/, /"public", "internal" or "admin"/),
    bad("openstack.verify", "no", /"no"/, /true or false/),
    bad("openstack.cacert", "ca.pem", /"ca\.pem"/, PATH),
    bad("plugin", "linuxbridge", /"linuxbridge"/, OBJECT),
    bad("plugin.plugin_type", "bridge", /"bridge"/, /"linuxbridge", "openvswitch" or "macvlan"/),
    bad("plugin.trunk_nic", "a-very-long-nic-name", /"a-very/, NIC),
    bad("plugin.tunnel_nic", "eth0/1", /"eth0\/1"/, NIC),
    bad("plugin.physical_networks", ["ens192"], /a list/, OBJECT),
    bad("plugin.physical_networks", { physnet1: "en s192" }, /"en s192"/, NIC),
    combination(
      "a physical network with a space",
      { plugin: { physical_networks: { "physnet 1": "ens192" } } },
      /plugin\.physical_networks\.physnet 1 is "physnet 1"/,
      /no spaces/,
    ),
    bad("plugin.neutron_agent", true, /is true/, /"required" or "none"/),
    bad("kubernetes.k8s_api_root", "192.168.7.203:8080", /"192/, URL),
    bad("kubernetes.kubeconfig", "~/.kube/config", /"~/, PATH),
    combination(
      "no plugin section",
      { plugin: undefined },
      /plugin\.plugin_type is missing/,
      /"linuxbridge"/,
    ),
    combination(
      "services without gateway and range",
      { neutron: { service_subnet_enabled: true } },
      /external_router_gateway_ip is missing/,
      /service_cluster_ip_cidr is missing/,
    ),
    combination(
      "services of another family than the gateway",
      { neutron: { ...services, external_router_gateway_ip: "2001:db8::1" } },
      /"2001:db8::1"/,
      /same family as service_cluster_ip_cidr/,
    ),
    combination(
      "five mistakes, all told at once",
      {
        log_level: 3,
        deadlines: { add: -1 },
        neutron: { neutron_url: "x" },
        plugin: { plugin_type: "y" },
        kubernetes: 8,
      },
      /log_level is 3/,
      /deadlines\.add is -1/,
      /neutron\.neutron_url is "x"/,
      /plugin\.plugin_type is "y"/,
      /kubernetes is 8/,
    ),
    ...(["DEL", "CHECK", "STATUS", "GC"] as const).map(everyVerb),
  ],
};

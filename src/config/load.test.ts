import { describe, expect, test } from "bun:test";
import { CniCode } from "../cni/errors.ts";
import { kernelHostname } from "./hostname.ts";
import { loadConfig, securityGroupIds } from "./load.ts";
import { getPath, type JsonObject } from "./object.ts";
import { ConfigSchema, sections } from "./schema.ts";
import {
  GROUP_ID,
  loadWith,
  minimal,
  minimalWith,
  NETWORK_ID,
  problemsWith,
  refusal,
} from "./test-support.ts";

const SUBNET_ID = "6f5c6e9e-2a55-4c6e-8c67-5b6c2b7b0d11";

describe("the file of the first README", () => {
  const readme = JSON.parse(`{
    "name": "skynet",
    "type": "skynet",
    "neutron": {
      "neutron_url": "http://192.168.7.211:9696",
      "default_network_id": "e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b",
      "default_security_group_ids": "31a8f352-580e-4136-9f91-fa8829aa179c",
      "service_subnet_enabled": false,
      "external_router_gateway_ip": "192.168.7.160",
      "service_cluster_ip_cidr": "10.254.0.0/16"
    },
    "plugin": { "plugin_type": "linuxbridge", "trunk_nic": "ens192", "tunnel_nic": "ens160" },
    "kubernetes": { "k8s_api_root": "http://192.168.7.203:8080", "kubeconfig": "" },
    "log_level": "info",
    "cniVersion": "1.0"
  }`);

  test("is accepted as it stands", () => {
    expect(loadConfig(readme, {})).toEqual({
      config: {
        name: "skynet",
        type: "skynet",
        log_level: "info",
        cluster_name: "k8s",
        hostname: kernelHostname(),
        state_dir: "/var/lib/skynet",
        neutron: {
          neutron_url: "http://192.168.7.211:9696",
          default_network_id: NETWORK_ID,
          default_security_group_ids: GROUP_ID,
          service_subnet_enabled: false,
          external_router_gateway_ip: "192.168.7.160",
          service_cluster_ip_cidr: "10.254.0.0/16",
          reclaim_ip: "pods",
          wait_active: true,
          request_timeout: 60,
        },
        openstack: { auth_type: "none" },
        plugin: {
          plugin_type: "linuxbridge",
          trunk_nic: "ens192",
          tunnel_nic: "ens160",
          agent: "auto",
          neutron_agent: "required",
          ovsdb_connection: "unix:/run/openvswitch/db.sock",
          security_groups: "warn",
        },
        kubernetes: { k8s_api_root: "http://192.168.7.203:8080" },
        agent: {
          socket: "/run/skynet/agent.sock",
          hot_ports_min: 2,
          hot_ports_max: 10,
          hot_ports_batch: 5,
          hot_ports_cooldown: 30,
          hot_ports_idle: 600,
          neutron_calls: 4,
          reconcile_interval: 300,
        },
        deadlines: { add: 120, del: 60, check: 10, gc: 300 },
      },
      warnings: [],
    });
  });

  test("is not changed by being read", () => {
    const before = structuredClone(readme);
    loadConfig(readme, {});
    expect(readme).toEqual(before);
  });
});

/** Each key → values that must be accepted, as [written, read]. */
const GOOD: Record<string, [unknown, unknown][]> = {
  name: [
    ["a", "a"],
    ["Net-1.x_y", "Net-1.x_y"],
  ],
  type: [["skynet", "skynet"]],
  log_level: [
    ["debug", "debug"],
    ["info", "info"],
    ["warn", "warn"],
    ["error", "error"],
    ["", "info"],
  ],
  log_file: [
    ["/var/log/skynet.log", "/var/log/skynet.log"],
    ["", undefined],
  ],
  cluster_name: [
    ["blue", "blue"],
    ["a".repeat(45), "a".repeat(45)],
    ["", "k8s"],
  ],
  hostname: [
    ["node-1", "node-1"],
    ["Node_1.example.org", "Node_1.example.org"],
    ["", kernelHostname()],
  ],
  state_dir: [
    ["/run/x", "/run/x"],
    ["", "/var/lib/skynet"],
  ],
  "neutron.neutron_url": [
    ["https://[2001:db8::1]:9696", "https://[2001:db8::1]:9696"],
    ["http://cloud.example.org/networking/", "http://cloud.example.org/networking"],
  ],
  "neutron.default_network_id": [
    [NETWORK_ID, NETWORK_ID],
    [NETWORK_ID.toUpperCase(), NETWORK_ID],
    ["", undefined],
  ],
  "neutron.default_subnet_id": [[SUBNET_ID, SUBNET_ID]],
  "neutron.default_security_group_ids": [
    ["", ""],
    [GROUP_ID, GROUP_ID],
    [`${GROUP_ID}, ${SUBNET_ID}`, `${GROUP_ID}, ${SUBNET_ID}`],
  ],
  "neutron.project_id": [["fake_project_id", "fake_project_id"]],
  "neutron.service_subnet_enabled": [
    [false, false],
    ["", false],
  ],
  "neutron.external_router_gateway_ip": [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8::1"],
  ],
  "neutron.service_cluster_ip_cidr": [
    ["10.254.0.0/16", "10.254.0.0/16"],
    ["2001:db8:1::/108", "2001:db8:1::/108"],
    ["0.0.0.0/0", "0.0.0.0/0"],
  ],
  "neutron.reclaim_ip": [
    ["pods", "pods"],
    ["any", "any"],
    ["never", "never"],
    ["", "pods"],
  ],
  "neutron.wait_active": [
    [true, true],
    [false, false],
  ],
  "neutron.request_timeout": [
    [1, 1],
    [2.5, 2.5],
    [3600, 3600],
  ],
  "openstack.cloud": [["production", "production"]],
  "openstack.auth_type": [["none", "none"]],
  "openstack.region_name": [["RegionOne", "RegionOne"]],
  "openstack.interface": [
    ["public", "public"],
    ["internal", "internal"],
    ["admin", "admin"],
  ],
  "openstack.cacert": [["/etc/ca.pem", "/etc/ca.pem"]],
  "openstack.verify": [[false, false]],
  "plugin.plugin_type": [
    ["linuxbridge", "linuxbridge"],
    ["openvswitch", "openvswitch"],
    ["macvlan", "macvlan"],
  ],
  "plugin.trunk_nic": [
    ["ens192", "ens192"],
    ["bond0.100", "bond0.100"],
    ["a23456789012345", "a23456789012345"],
  ],
  "plugin.tunnel_nic": [
    ["ens160", "ens160"],
    ["", undefined],
  ],
  "plugin.physical_networks": [[{ physnet1: "ens192", old: "" }, { physnet1: "ens192" }]],
  "plugin.neutron_agent": [
    ["required", "required"],
    ["none", "none"],
    ["", "required"],
  ],
  "plugin.ovsdb_connection": [
    ["tcp:127.0.0.1:6640", "tcp:127.0.0.1:6640"],
    ["tcp:[::1]:6640", "tcp:[::1]:6640"],
    ["unix:/var/run/openvswitch/db.sock", "unix:/var/run/openvswitch/db.sock"],
    ["", "unix:/run/openvswitch/db.sock"],
  ],
  "plugin.security_groups": [
    ["warn", "warn"],
    ["require", "require"],
    ["ignore", "ignore"],
  ],
  "kubernetes.k8s_api_root": [["https://192.0.2.1:6443/", "https://192.0.2.1:6443"]],
  "kubernetes.kubeconfig": [
    ["/etc/kubernetes/skynet.conf", "/etc/kubernetes/skynet.conf"],
    ["", undefined],
  ],
  "kubernetes.node_name": [["node-1", "node-1"]],
  "plugin.agent": [
    ["auto", "auto"],
    ["required", "required"],
    ["off", "off"],
    ["", "auto"],
  ],
  "agent.socket": [["/run/x.sock", "/run/x.sock"]],
  "agent.metrics_address": [
    ["127.0.0.1:9476", "127.0.0.1:9476"],
    ["[::1]:80", "[::1]:80"],
    ["", undefined],
  ],
  "agent.hot_ports_min": [[0, 0]],
  "agent.hot_ports_max": [[1000, 1000]],
  "agent.hot_ports_batch": [[1, 1]],
  "agent.hot_ports_cooldown": [[1.5, 1.5]],
  "agent.hot_ports_idle": [[60, 60]],
  "agent.neutron_calls": [[1, 1]],
  "agent.reconcile_interval": [[5, 5]],
  "deadlines.add": [
    [1, 1],
    [0x80, 128],
  ],
  "deadlines.del": [[30.5, 30.5]],
  "deadlines.check": [[3600, 3600]],
  "deadlines.gc": [["", 300]],
};

describe("good values", () => {
  for (const [key, values] of Object.entries(GOOD)) {
    for (const [written, read] of values) {
      test(`${key}: ${JSON.stringify(written)}`, () => {
        const { config } = loadWith({ [key]: written });
        expect(getPath(config as unknown as JsonObject, key)).toEqual(read);
      });
    }
  }

  test("are tried for every key, those of credentials in credentials.test.ts", () => {
    const keys = Object.entries(ConfigSchema.entries).flatMap(([key]) => {
      const section = Object.hasOwn(sections, key) ? sections[key as keyof typeof sections] : undefined;
      return section === undefined ? [key] : Object.keys(section.entries).map((name) => `${key}.${name}`);
    });
    const untried = keys.filter((key) => !(key in GOOD));
    expect(untried.filter((key) => !key.startsWith("openstack."))).toEqual([]);
  });
});

const UUID = "it must be a UUID such as e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b";
const URL =
  "it must be an http:// or https:// URL without user name, query or fragment, such as http://192.168.7.211:9696";
const IP = "it must be an IP address such as 192.168.7.160 or 2001:db8::1";
const CIDR = "it must be a network in CIDR notation such as 10.254.0.0/16";
const NIC =
  "it must be the name of a network device: at most 15 characters, without spaces, slashes or colons";
const PATH = "it must be an absolute path";
const SECONDS = "it must be a number of seconds from 1 to 3600";
const OVSDB =
  "it must be unix:PATH or tcp:HOST:PORT such as unix:/run/openvswitch/db.sock or tcp:127.0.0.1:6640";
const COUNT = "it must be a whole number from 0 to 1000";
const AT_LEAST_ONE = "it must be a whole number from 1 to 1000";
const LISTEN = "it must be ADDRESS:PORT such as 127.0.0.1:9476 or [::1]:9476";
const FLAG = "it must be true or false";
const GROUPS = "it must be UUIDs separated by commas";
const NAME = "it must begin with a letter or digit and go on with letters, digits, '_', '.' and '-'";
const CLUSTER =
  "it must have 1 to 45 letters, digits, '_', '.' and '-', and begin and end with a letter or digit";
const HOST =
  "it must be a host name: 1 to 247 letters, digits, '_', '.' and '-', beginning and ending with a letter or digit";
const LEVEL = 'it must be "debug", "info", "warn" or "error"';
const AUTH = 'it must be "none", "password", "v3applicationcredential" or "v3token"';
const OBJECT = "it must be an object";

/** Key, bad value, what the message says after the value. */
const BAD: [key: string, value: unknown, allowed: string][] = [
  ["name", "-x", NAME],
  ["name", 7, NAME],
  ["type", 7, "it must be the name of the executable"],
  ["log_level", "verbose", LEVEL],
  ["log_level", 3, LEVEL],
  ["log_file", "skynet.log", PATH],
  ["cluster_name", "a,b", CLUSTER],
  ["cluster_name", "a".repeat(46), CLUSTER],
  ["hostname", "node 1", HOST],
  ["hostname", "-node", HOST],
  ["state_dir", "./x", PATH],
  ["neutron", "http://192.0.2.1:9696", OBJECT],
  ["neutron.neutron_url", "192.0.2.1:9696", URL],
  ["neutron.neutron_url", "ftp://192.0.2.1", URL],
  ["neutron.neutron_url", "http://", URL],
  ["neutron.neutron_url", "http://192.0.2.1:99999", URL],
  ["neutron.neutron_url", "http://192.0.2.1/?", URL],
  ["neutron.default_network_id", "net-1", UUID],
  ["neutron.default_network_id", "e5e7478a53ec4063a4dcf3ca3ba3e98b", UUID],
  ["neutron.default_network_id", 5, UUID],
  ["neutron.default_subnet_id", `${SUBNET_ID} `, UUID],
  ["neutron.default_security_group_ids", [GROUP_ID], GROUPS],
  ["neutron.default_security_group_ids", `${GROUP_ID}, web`, `${GROUPS}, and "web" is not a UUID`],
  ["neutron.project_id", 12, "it must be a string"],
  ["neutron.service_subnet_enabled", "false", FLAG],
  ["neutron.external_router_gateway_ip", "192.168.7", IP],
  ["neutron.external_router_gateway_ip", "192.168.7.160/24", IP],
  ["neutron.external_router_gateway_ip", "0xc0.168.7.160", IP],
  ["neutron.external_router_gateway_ip", "fe80::1%eth0", IP],
  ["neutron.service_cluster_ip_cidr", "10.254.0.0", CIDR],
  ["neutron.service_cluster_ip_cidr", "10.254.0.0/33", CIDR],
  ["neutron.service_cluster_ip_cidr", "10.254.0.0/255.255.0.0", CIDR],
  [
    "neutron.service_cluster_ip_cidr",
    "10.254.0.1/16",
    "its host bits must be zero: did you mean 10.254.0.0/16?",
  ],
  [
    "neutron.service_cluster_ip_cidr",
    "2001:db8::1/64",
    "its host bits must be zero: did you mean 2001:db8::/64?",
  ],
  ["neutron.reclaim_ip", "all", 'it must be "pods", "any" or "never"'],
  ["neutron.wait_active", 1, FLAG],
  ["neutron.request_timeout", 0, SECONDS],
  ["neutron.request_timeout", "60", SECONDS],
  ["openstack.auth_type", "v2password", AUTH],
  ["openstack.auth_url", "keystone", URL],
  ["openstack.username", true, "it must be a string"],
  ["openstack.interface", "publicURL", 'it must be "public", "internal" or "admin"'],
  ["openstack.clouds_file", "clouds.yaml", PATH],
  ["openstack.cacert", "ca.pem", PATH],
  ["openstack.verify", "no", FLAG],
  ["plugin.plugin_type", "bridge", 'it must be "linuxbridge", "openvswitch" or "macvlan"'],
  ["plugin.trunk_nic", "a234567890123456", NIC],
  ["plugin.trunk_nic", "..", NIC],
  ["plugin.trunk_nic", "eth0:1", NIC],
  ["plugin.tunnel_nic", "a b", NIC],
  ["plugin.neutron_agent", "optional", 'it must be "required" or "none"'],
  ["plugin.ovsdb_connection", "db.sock", OVSDB],
  ["plugin.ovsdb_connection", "tcp:127.0.0.1", OVSDB],
  ["plugin.security_groups", "yes", 'it must be "warn", "require" or "ignore"'],
  ["kubernetes.k8s_api_root", "192.0.2.1:8080", URL],
  ["kubernetes.kubeconfig", "~/.kube/config", PATH],
  ["kubernetes.node_name", 1, "it must be a string"],
  ["plugin.agent", true, 'it must be "auto", "required" or "off"'],
  ["agent", "auto", OBJECT],
  ["agent.socket", "agent.sock", PATH],
  ["agent.metrics_address", "9476", LISTEN],
  ["agent.metrics_address", "localhost:9476", LISTEN],
  ["agent.hot_ports_min", -1, COUNT],
  ["agent.hot_ports_max", 1001, COUNT],
  ["agent.hot_ports_batch", 0, AT_LEAST_ONE],
  ["agent.hot_ports_cooldown", 0, SECONDS],
  ["agent.neutron_calls", 1.5, AT_LEAST_ONE],
  ["deadlines.add", 3601, SECONDS],
  ["deadlines.del", 0.5, SECONDS],
  ["deadlines.check", "10s", SECONDS],
];

describe("bad values", () => {
  for (const [key, value, allowed] of BAD) {
    test(`${key}: ${JSON.stringify(value)}`, () => {
      const error = refusal(() => loadWith({ [key]: value }));
      const shown = Array.isArray(value) ? "a list" : JSON.stringify(value);
      expect(error.code).toBe(CniCode.invalidConfig);
      expect(error.details?.split("\n")).toContain(`${key} is ${shown}: ${allowed}`);
    });
  }

  test("in physical_networks are named by their physical network", () => {
    expect(problemsWith({ "plugin.physical_networks": { physnet1: "a/b", "phys net": "eth0" } })).toEqual([
      `plugin.physical_networks.physnet1 is "a/b": ${NIC}`,
      'plugin.physical_networks.phys net is "phys net": ' +
        "the name of a physical network has 1 to 64 characters and no spaces",
    ]);
  });

  for (const path of [...Object.keys(sections), "plugin.physical_networks"]) {
    test(`${path} as a list`, () => {
      expect(problemsWith({ [path]: ["eth0"] })).toContain(`${path} is a list: it must be an object`);
    });
  }

  test("are all reported at once, in the message too", () => {
    const error = refusal(() =>
      loadWith({ log_level: "loud", "deadlines.add": 0, "plugin.trunk_nic": "a/b" }),
    );
    expect(error.message).toBe(
      `invalid configuration: log_level is "loud": ${LEVEL}; ` +
        `plugin.trunk_nic is "a/b": ${NIC}; deadlines.add is 0: ${SECONDS}`,
    );
  });

  test("are reported together with combinations that cannot work", () => {
    const problems = problemsWith({ cluster_name: "a,b", "neutron.service_subnet_enabled": true });
    expect(problems).toHaveLength(3);
    expect(problems[0]).toStartWith("cluster_name is");
  });

  test.each(["password", "token", "application_credential_secret"])("hide openstack.%s", (key) => {
    const error = refusal(() => loadWith({ [`openstack.${key}`]: 271828 }));
    expect(error.message).toContain(`openstack.${key} is (hidden): it must be a string`);
    expect(`${error.message} ${error.details}`).not.toContain("271828");
  });

  test("hide what a URL says before its host", () => {
    const { message } = refusal(() =>
      loadWith({ "neutron.neutron_url": "http://admin:hunter2@192.0.2.1:9696" }),
    );
    expect(message).toContain('neutron.neutron_url is "http://(hidden)@192.0.2.1:9696"');
    expect(message).not.toContain("hunter2");
  });

  test("hide what a URL says after its path", () => {
    const { message } = refusal(() =>
      loadWith({ "neutron.neutron_url": "http://192.0.2.1/x?token=hunter2&a=b" }),
    );
    expect(message).toContain('neutron.neutron_url is "http://192.0.2.1/x?(hidden)"');
    expect(message).not.toContain("hunter2");
  });

  test("a whole .conflist is told as what it is", () => {
    const { code, message } = refusal(() => loadConfig({ name: "pods", plugins: [{ type: "skynet" }] }, {}));
    expect(code).toBe(7);
    expect(message).toContain('a list "plugins": a runtime hands over one entry of it');
  });

  test("are cut when they are long", () => {
    expect(problemsWith({ hostname: "é".repeat(1000) })[0]).toBe(`hostname is "${"é".repeat(79)}…: ${HOST}`);
  });
});

describe("missing keys", () => {
  test("name", () => {
    expect(problemsWith({ name: undefined })).toEqual([`name is missing: ${NAME}`]);
  });

  test.each([["plugin"], ["plugin.plugin_type"]])("%s", (path) => {
    expect(problemsWith({ [path]: "" })).toEqual([
      'plugin.plugin_type is missing: it must be "linuxbridge", "openvswitch" or "macvlan"',
    ]);
  });
});

describe("unknown keys", () => {
  test("are ignored, wherever they are", () => {
    const raw = minimalWith({
      ipam: { type: "x" },
      "neutron.color": "red",
      prevResult: { cniVersion: "1.0.0" },
    });
    expect(loadConfig(raw, {})).toEqual(loadConfig(minimal(), {}));
  });

  test("cannot reach the prototype of anything", () => {
    const raw = JSON.parse(
      '{"__proto__": {"cluster_name": "evil"}, "neutron": {"__proto__": {"project_id": "evil"}}}',
    );
    const { config } = loadConfig(
      { ...minimal(), ...raw, neutron: { ...raw.neutron, neutron_url: "http://a" } },
      {},
    );
    expect(config.cluster_name).toBe("k8s");
    expect(config.neutron.project_id).toBeUndefined();
  });
});

describe("defaults that depend on other keys", () => {
  test.each([
    ["linuxbridge", "required", true],
    ["linuxbridge", "none", false],
    ["openvswitch", "required", true],
    ["macvlan", "required", false],
  ])("wait_active of %s with the agent %s is %p", (plugin_type, neutron_agent, expected) => {
    const { config } = loadWith({ plugin: { plugin_type, neutron_agent, trunk_nic: "eth1" } });
    expect(config.neutron.wait_active).toBe(expected);
  });

  test("wait_active as written wins", () => {
    const { config } = loadWith({ "plugin.neutron_agent": "none", "neutron.wait_active": true });
    expect(config.neutron.wait_active).toBe(true);
  });
});

test("securityGroupIds splits the list", () => {
  const list = ` ${GROUP_ID.toUpperCase()} ,${SUBNET_ID},`;
  expect(securityGroupIds(loadWith({ "neutron.default_security_group_ids": list }).config)).toEqual([
    GROUP_ID,
    SUBNET_ID,
  ]);
  expect(securityGroupIds(loadWith({}).config)).toEqual([]);
});

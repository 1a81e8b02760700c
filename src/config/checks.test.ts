import { describe, expect, test } from "bun:test";
import { loadWith, problemsWith } from "./test-support.ts";

describe("service_subnet_enabled", () => {
  test("needs gateway and service network", () => {
    expect(problemsWith({ "neutron.service_subnet_enabled": true })).toEqual([
      "neutron.external_router_gateway_ip is missing: service_subnet_enabled needs it",
      "neutron.service_cluster_ip_cidr is missing: service_subnet_enabled needs it",
    ]);
  });

  const of = (gateway: string, services: string, service_subnet_enabled = true) => ({
    "neutron.service_subnet_enabled": service_subnet_enabled,
    "neutron.external_router_gateway_ip": gateway,
    "neutron.service_cluster_ip_cidr": services,
  });

  test("needs both of one family", () => {
    expect(problemsWith(of("2001:db8::1", "10.254.0.0/16"))).toEqual([
      'neutron.external_router_gateway_ip is "2001:db8::1": it must be of the same family as ' +
        'service_cluster_ip_cidr, which is "10.254.0.0/16"',
    ]);
  });

  test.each([
    ["192.0.2.1", "10.254.0.0/16", true],
    ["2001:db8::1", "2001:db8:1::/108", true],
    ["2001:db8::1", "10.254.0.0/16", false],
  ])("by %s to %s, enabled %p, is accepted", (gateway, services, enabled) => {
    expect(loadWith(of(gateway, services, enabled)).warnings).toEqual([]);
  });
});

describe("a NIC for flat and vlan networks", () => {
  const linuxbridge = { plugin_type: "linuxbridge", neutron_agent: "none" };

  test.each([
    [linuxbridge, "linuxbridge without a Neutron agent"],
    [{ plugin_type: "openvswitch", neutron_agent: "none" }, "openvswitch without a Neutron agent"],
    [{ plugin_type: "macvlan", neutron_agent: "none" }, "macvlan"],
    [{ plugin_type: "macvlan" }, "macvlan"],
  ])("is missed beside %j", (plugin, why) => {
    expect(loadWith({ plugin }).warnings).toEqual([
      `plugin.trunk_nic and plugin.physical_networks are both missing: ${why} needs one of them ` +
        "for flat and vlan networks",
    ]);
  });

  test.each([
    [{ plugin_type: "linuxbridge" }],
    [{ plugin_type: "openvswitch" }],
    [{ ...linuxbridge, trunk_nic: "eth1" }],
    [{ ...linuxbridge, physical_networks: { physnet1: "eth1" } }],
    [{ plugin_type: "macvlan", trunk_nic: "eth1" }],
  ])("is not missed beside %j", (plugin) => {
    expect(loadWith({ plugin }).warnings).toEqual([]);
  });
});

test("waiting for a macvlan port to be ACTIVE is told to be without effect", () => {
  const macvlan = { plugin_type: "macvlan", trunk_nic: "eth1" };
  expect(loadWith({ plugin: macvlan, "neutron.wait_active": true }).warnings).toEqual([
    "neutron.wait_active is true and has no effect: no agent reports a macvlan port ACTIVE",
  ]);
  expect(loadWith({ plugin: macvlan, "neutron.wait_active": false }).warnings).toEqual([]);
});

describe("hot ports", () => {
  test("no more can be kept ready than there may be", () => {
    expect(problemsWith({ "agent.hot_ports_min": 11 })).toEqual([
      "agent.hot_ports_min is 11: it must not be more than hot_ports_max, which is 10",
    ]);
    expect(loadWith({ "agent.hot_ports_min": 10 }).config.agent.hot_ports_min).toBe(10);
  });

  test("none at all needs no smaller minimum", () => {
    expect(loadWith({ "agent.hot_ports_max": 0 }).config.agent.hot_ports_max).toBe(0);
  });
});

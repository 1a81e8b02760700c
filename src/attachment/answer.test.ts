import { expect, test } from "bun:test";
import type { Port } from "../openstack/neutron/ports.ts";
import { podEndSettings, toResult, UnknownSubnetError } from "./answer.ts";
import type { NetworkView, SubnetView } from "./views.ts";

const v4: SubnetView = {
  id: "s4",
  cidr: "10.50.0.0/22",
  version: 4,
  gateway: "10.50.0.1",
  routes: [{ destination: "10.99.0.0/16", nexthop: "10.50.0.2" }],
  nameservers: ["10.50.0.53"],
};
const v6: SubnetView = {
  id: "s6",
  cidr: "fd50:0:0:1::/64",
  version: 6,
  gateway: "fe80::1",
  routes: [],
  nameservers: ["fd50:0:0:1::53", "10.50.0.53"],
};
const pod = { netns: "/run/netns/pod", ifname: "eth0" };

function network(...subnets: SubnetView[]): NetworkView {
  return { id: "n", name: "flat1", mtu: 1450, subnets };
}

function port(...fixed: [subnet: string, address: string][]): Port {
  const fixed_ips = fixed.map(([subnet_id, ip_address]) => ({ subnet_id, ip_address }));
  return { id: "p", mac_address: "fa:16:3e:00:00:01", fixed_ips } as Port;
}

test("dual stack: prefix lengths, gateways, host routes and resolvers come from the subnets", () => {
  const result = toResult(port(["s4", "10.50.1.7"], ["s6", "fd50:0:0:1::7"]), network(v4, v6), "tapp", pod);
  expect(result).toEqual({
    interfaces: [
      { name: "tapp", mtu: 1450 },
      { name: "eth0", mac: "fa:16:3e:00:00:01", mtu: 1450, sandbox: "/run/netns/pod" },
    ],
    ips: [
      { interface: 1, address: "10.50.1.7/22", gateway: "10.50.0.1" },
      { interface: 1, address: "fd50:0:0:1::7/64", gateway: "fe80::1" },
    ],
    routes: [
      { dst: "10.99.0.0/16", gw: "10.50.0.2" },
      { dst: "0.0.0.0/0", gw: "10.50.0.1" },
      { dst: "::/0", gw: "fe80::1" },
    ],
    dns: { nameservers: ["10.50.0.53", "fd50:0:0:1::53"] },
  });
});

test("a subnet without gateway gives no default route", () => {
  const { gateway: _, ...without } = v4;
  const result = toResult(port(["s4", "10.50.1.7"]), network({ ...without, routes: [] }), "tapp", pod);
  expect(result.routes).toEqual([]);
  expect(result.ips).toEqual([{ interface: 1, address: "10.50.1.7/22" }]);
});

test("a gateway outside the subnet is reached on the link; a link-local one needs no such help", () => {
  const outside = { ...v4, gateway: "169.254.1.1", routes: [] };
  const settings = podEndSettings(port(["s4", "10.50.1.7"], ["s6", "fd50:0:0:1::7"]), network(outside, v6));
  expect(settings.routes).toEqual([
    { dst: "0.0.0.0/0", gw: "169.254.1.1", onlink: true },
    { dst: "::/0", gw: "fe80::1" },
  ]);
});

test("a host route to everywhere takes the gateway's place", () => {
  const subnet = { ...v4, routes: [{ destination: "0.0.0.0/0", nexthop: "10.50.0.9" }] };
  const { routes } = podEndSettings(port(["s4", "10.50.1.7"]), network(subnet));
  expect(routes).toEqual([{ dst: "0.0.0.0/0", gw: "10.50.0.9" }]);
});

test("two addresses of one subnet share its routes", () => {
  const settings = podEndSettings(port(["s4", "10.50.1.7"], ["s4", "10.50.1.8"]), network(v4));
  expect(settings.addresses).toEqual(["10.50.1.7/22", "10.50.1.8/22"]);
  expect(settings.routes).toHaveLength(2);
});

test("a port without addresses has none", () => {
  expect(podEndSettings(port(), network(v4))).toMatchObject({ addresses: [], routes: [] });
});

test("the network's DNS domain is given without its final dot", () => {
  const result = toResult(
    port(["s4", "10.50.1.7"]),
    { ...network(v4), dnsDomain: "pods.example." },
    "tapp",
    pod,
  );
  expect(result.dns.domain).toBe("pods.example");
});

test("an address of a subnet that is not known is not guessed at", () => {
  expect(() => podEndSettings(port(["s9", "10.9.0.1"]), network(v4))).toThrow(UnknownSubnetError);
});

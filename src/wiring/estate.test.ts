import { expect, test } from "bun:test";
import type { Address } from "../netlink/addresses.ts";
import type { Route } from "../netlink/routes.ts";
import { routesToMove } from "./estate.ts";

const KERNEL = 2;
const STATIC = 4;

function address(text: string, flags = 0): Address {
  const family = text.includes(":") ? 10 : 2;
  return { index: 2, family, address: text, scope: 0, flags, attributes: new Map() };
}

function route(dst: string, protocol: number, more: Partial<Route> = {}): Route {
  const header = {
    family: 2,
    destinationLength: 0,
    tos: 0,
    table: 254,
    protocol,
    scope: 0,
    type: 1,
    flags: 0,
  };
  return { header, dst, links: [2], table: 254, metric: 0, attributes: new Map(), ...more };
}

const destinations = (routes: readonly Route[], addresses: readonly Address[]) =>
  routesToMove(routes, addresses).map(({ dst }) => dst);

test("routes to the networks of addresses come with the addresses", () => {
  const routes = [route("10.9.0.0/24", KERNEL), route("2001:db8::/64", KERNEL)];
  expect(destinations(routes, [address("10.9.0.10/24"), address("2001:db8::10/64")])).toEqual([]);
});

test("where an address makes no route, somebody else's is moved", () => {
  const NOPREFIXROUTE = 0x200;
  expect(destinations([route("10.9.0.0/24", KERNEL)], [address("10.9.0.10/24", NOPREFIXROUTE)])).toEqual([
    "10.9.0.0/24",
  ]);
});

test("an administrator's route to the same network is moved", () => {
  expect(destinations([route("10.9.0.0/24", STATIC)], [address("10.9.0.10/24")])).toEqual(["10.9.0.0/24"]);
});

test("a point-to-point address has its route to the far end", () => {
  const far = { ...address("10.9.0.10/32"), peer: "10.9.0.99" };
  expect(destinations([route("10.9.0.99/32", KERNEL)], [far])).toEqual([]);
});

test("the local table and IPv6 of the link itself stay", () => {
  const routes = [
    route("10.9.0.10/32", KERNEL, { table: 255 }),
    route("fe80::/64", KERNEL),
    route("ff00::/8", KERNEL),
  ];
  expect(destinations(routes, [])).toEqual([]);
});

test("routes without gateway go first, so that gateways are reachable", () => {
  const routes = [
    route("0.0.0.0/0", STATIC, { gateway: "10.8.0.1" }),
    route("10.66.0.0/16", STATIC, { gateway: "10.8.0.1", table: 100 }),
    route("10.8.0.1/32", STATIC),
  ];
  expect(destinations(routes, [])).toEqual(["10.8.0.1/32", "0.0.0.0/0", "10.66.0.0/16"]);
});

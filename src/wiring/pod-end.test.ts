import { expect, test } from "bun:test";
import { podEndRequests, withGatewayRoutes } from "./pod-end.ts";

const addresses = ["10.9.0.5/24", "2001:db8::5/64"];

test("a gateway in the pod's subnet needs nothing before it", () => {
  const routes = [
    { dst: "0.0.0.0/0", gw: "10.9.0.1" },
    { dst: "::/0", gw: "2001:db8::1" },
  ];
  expect(withGatewayRoutes({ addresses, routes })).toEqual(routes);
});

test("one outside it is first made reachable on the link, once", () => {
  const routes = [
    { dst: "0.0.0.0/0", gw: "10.8.0.1" },
    { dst: "10.66.0.0/16", gw: "10.8.0.1" },
    { dst: "::/0", gw: "2001:db8:1::1" },
  ];
  expect(withGatewayRoutes({ addresses, routes })).toEqual([
    { dst: "10.8.0.1/32" },
    { dst: "2001:db8:1::1/128" },
    ...routes,
  ]);
});

test("onlink makes the gateway reachable on the link though a subnet holds it", () => {
  const routes = [{ dst: "0.0.0.0/0", gw: "10.9.0.1", onlink: true }];
  expect(withGatewayRoutes({ addresses, routes })[0]).toEqual({ dst: "10.9.0.1/32" });
});

test("a link-local gateway is on the link by itself", () => {
  const routes = [{ dst: "::/0", gw: "fe80::1" }];
  expect(withGatewayRoutes({ addresses, routes })).toEqual(routes);
});

test("routes without gateway come before those that may need them", () => {
  const routes = [{ dst: "0.0.0.0/0", gw: "10.9.0.1" }, { dst: "10.7.0.0/16" }];
  expect(withGatewayRoutes({ addresses, routes })).toEqual([
    { dst: "10.7.0.0/16" },
    { dst: "0.0.0.0/0", gw: "10.9.0.1" },
  ]);
});

test("a link comes up with its addresses, so that they are announced, and routes come last", () => {
  const settings = {
    mac: "fa:16:3e:00:00:01",
    mtu: 1450,
    addresses,
    routes: [{ dst: "0.0.0.0/0", gw: "10.9.0.1" }],
  };
  expect(podEndRequests({ index: 2, name: "eth0" }, settings).map(({ operation }) => operation)).toEqual([
    "set link lo up=true",
    "set link eth0 mac=fa:16:3e:00:00:01 mtu=1450 arpNotify=true",
    "add address 10.9.0.5/24",
    "add address 2001:db8::5/64",
    "set link eth0 up=true",
    "add route 0.0.0.0/0 via 10.9.0.1",
  ]);
});

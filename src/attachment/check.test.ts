import { expect, test } from "bun:test";
import type { Result } from "../cni/result.ts";
import type { PodEndState } from "../wiring/pod-end.ts";
import { comparePodEnd } from "./check.ts";

const answer: Result = {
  interfaces: [
    { name: "tap0", mtu: 1450 },
    { name: "eth0", mac: "fa:16:3e:00:00:01", mtu: 1450, sandbox: "/run/netns/pod" },
  ],
  ips: [{ interface: 1, address: "10.50.0.7/24", gateway: "10.50.0.1" }],
  routes: [{ dst: "0.0.0.0/0", gw: "10.50.0.1" }],
  dns: {},
};
const healthy: PodEndState = {
  mac: "fa:16:3e:00:00:01",
  mtu: 1450,
  up: true,
  addresses: ["10.50.0.7/24"],
  routes: [{ dst: "0.0.0.0/0", gw: "10.50.0.1" }],
};

test("a container as ADD made it has no problem, whatever later plugins added", () => {
  expect(comparePodEnd(answer, "eth0", healthy)).toEqual([]);
  const more = {
    ...healthy,
    addresses: [...healthy.addresses, "192.0.2.1/32"],
    routes: [...healthy.routes, { dst: "192.0.2.0/24" }],
  };
  expect(comparePodEnd(answer, "eth0", more)).toEqual([]);
});

const damages: [what: string, state: PodEndState | undefined, problem: RegExp][] = [
  ["no interface", undefined, /interface eth0 is missing/],
  ["interface down", { ...healthy, up: false }, /eth0 is down/],
  ["another MAC", { ...healthy, mac: "fa:16:3e:00:00:02" }, /MAC fa:16:3e:00:00:02, not fa:16:3e:00:00:01/],
  ["another MTU", { ...healthy, mtu: 1500 }, /MTU 1500, not 1450/],
  ["no address", { ...healthy, addresses: [] }, /address 10\.50\.0\.7\/24 is missing/],
  [
    "another prefix length",
    { ...healthy, addresses: ["10.50.0.7/32"] },
    /address 10\.50\.0\.7\/24 is missing/,
  ],
  ["no route", { ...healthy, routes: [] }, /route to 0\.0\.0\.0\/0 via 10\.50\.0\.1 is missing/],
  [
    "another gateway",
    { ...healthy, routes: [{ dst: "0.0.0.0/0", gw: "10.50.0.9" }] },
    /via 10\.50\.0\.1 is missing/,
  ],
];
for (const [what, state, problem] of damages) {
  test(`damage is named: ${what}`, () => {
    const problems = comparePodEnd(answer, "eth0", state);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });
}

test("a prevResult that says nothing of the interface is a problem, not a pass", () => {
  expect(comparePodEnd({ ...answer, interfaces: [] }, "eth0", healthy)).toHaveLength(1);
});

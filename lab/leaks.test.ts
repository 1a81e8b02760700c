import { expect, test } from "bun:test";
import { keptByAgent, leaks, linkLine, losses } from "./leaks.ts";
import type { Link } from "./namespaces.ts";

const link = (ifname: string, master?: string): Link => ({
  ifname,
  address: "",
  mtu: 1500,
  operstate: "UP",
  flags: [],
  ...(master === undefined ? {} : { master }),
});

test("what is new is a leak, what is gone is a loss", () => {
  const before = new Set(["a", "b"]);
  const after = new Set(["d", "b", "c"]);
  expect(leaks(before, after)).toEqual(["c", "d"]);
  expect(losses(before, after)).toEqual(["a"]);
});

test("a link in another bridge is another link", () => {
  expect(linkLine("demo-node1", link("eth1"))).toBe("demo-node1: link eth1");
  expect(linkLine("demo-node1", link("eth1", "brq1"))).toBe("demo-node1: link eth1 in brq1");
});

test.each([
  ["brq312a5e06-a6", true],
  ["vxlan-1001", true],
  ["vxlan_sys_4789", true],
  ["eth1", true],
  ["eth1.101", true],
  ["eth10", false],
  ["eth0", false],
  ["tap312a5e06-a6", false],
])("%s is kept by the agent: %p", (ifname, kept) => {
  expect(keptByAgent(link(ifname))).toBe(kept);
});

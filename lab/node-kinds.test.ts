import { expect, test } from "bun:test";
import { hasAgent, kindsOfNodes, packagesOfNodes, parseNodes } from "./node-kinds.ts";

test("a number means as many of the backend's own kind", () => {
  expect(kindsOfNodes("simulator", 1)).toEqual(["bare"]);
  expect(kindsOfNodes("neutron", 2)).toEqual(["linuxbridge", "linuxbridge"]);
  expect(kindsOfNodes("neutron-ovn", 2)).toEqual(["ovn", "ovn"]);
});

test("kinds can be mixed", () => {
  const kinds = ["linuxbridge", "openvswitch", "bare"] as const;
  expect(kindsOfNodes("neutron", kinds)).toEqual([...kinds]);
});

test.each([
  ["neutron", ["ovn"]],
  ["neutron-ovn", ["ovn", "linuxbridge"]],
  ["simulator", ["ovn"]],
] as const)("%s cannot have nodes %p", (backend, kinds) => {
  expect(() => kindsOfNodes(backend, kinds)).toThrow(/has no nodes of kind/);
});

test.each([[0], [1.5], [100], [[]]])("refuses %p nodes", (wanted) => {
  expect(() => kindsOfNodes("simulator", wanted)).toThrow(RangeError);
});

test("reads the command line's spelling", () => {
  expect(parseNodes("3")).toBe(3);
  expect(parseNodes("linuxbridge,openvswitch")).toEqual(["linuxbridge", "openvswitch"]);
  expect(() => parseNodes("linuxbridge,ovs")).toThrow('"ovs" is no kind of node');
});

test("only Open vSwitch needs packages of its own", () => {
  expect(packagesOfNodes(["linuxbridge", "bare"])).toEqual([]);
  expect(packagesOfNodes(["linuxbridge", "openvswitch"])).toEqual(["openvswitch"]);
});

test("agents are where Neutron is real and the node is not bare", () => {
  expect(hasAgent("neutron", "openvswitch")).toBe(true);
  expect(hasAgent("neutron", "bare")).toBe(false);
  expect(hasAgent("simulator", "openvswitch")).toBe(false);
});

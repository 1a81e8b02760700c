import { expect, test } from "bun:test";
import type { Link } from "../netlink/links.ts";
import { checkVlan } from "./uplink-vlan.ts";

const nic = { index: 2, name: "eth1" };
const vlan: Link = {
  index: 5,
  name: "eth1.100",
  kind: "vlan",
  mac: "fa:16:3e:00:00:01",
  mtu: 1500,
  up: true,
  operstate: "up",
  parent: 2,
  vlanId: 100,
  group: 0,
};

test("the right VLAN of the right NIC is accepted, whoever made it", () => {
  expect(() => checkVlan(vlan, nic, 100)).not.toThrow();
});

test.each<[Link, string]>([
  [
    { ...vlan, vlanId: 101 },
    "eth1.100 must be VLAN 100 of eth1 but is VLAN 101; remove or rename that device",
  ],
  [{ ...vlan, parent: 3 }, "eth1.100 must be VLAN 100 of eth1 but is VLAN 100 of another NIC"],
  [{ ...vlan, kind: "veth" }, "eth1.100 must be VLAN 100 of eth1 but is veth"],
])("another device of that name is refused", (device, message) => {
  expect(() => checkVlan(device, nic, 100)).toThrow(message);
});

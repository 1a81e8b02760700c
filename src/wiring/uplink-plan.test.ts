import { expect, test } from "bun:test";
import { planUplink } from "./uplink-plan.ts";
import type { PortFacts, WiringOptions } from "./wiring.ts";

const options: WiringOptions = {
  neutronAgent: "none",
  physicalNetworks: { physnet1: "eth1" },
  stateDir: "/nowhere",
};
const flat: PortFacts = {
  portId: "p",
  networkId: "n1",
  networkType: "flat",
  physicalNetwork: "physnet1",
  mac: "fa:16:3e:00:00:01",
  mtu: 1500,
};

test("a flat network's uplink is the NIC of its physical network", () => {
  expect(planUplink(flat, options)).toEqual({
    device: "eth1",
    nic: "eth1",
    physicalNetwork: "physnet1",
    setting: "plugin.physical_networks.physnet1",
  });
});

test("a vlan network's uplink is the NIC's VLAN device", () => {
  const vlan = { ...flat, networkType: "vlan", segmentationId: 100 };
  expect(planUplink(vlan, options)).toMatchObject({ device: "eth1.100", nic: "eth1", vlanId: 100 });
});

test("trunk_nic carries the physical networks that are not listed", () => {
  const other = { ...flat, physicalNetwork: "constructor" };
  expect(planUplink(other, { ...options, trunkNic: "eth2" })).toMatchObject({
    nic: "eth2",
    setting: "plugin.trunk_nic",
  });
  expect(() => planUplink(other, options)).toThrow(
    "no NIC is configured for the physical network constructor; set plugin.physical_networks.constructor or plugin.trunk_nic",
  );
});

const { networkType: _, ...untyped } = flat;
const { physicalNetwork: __, ...unplaced } = flat;

test.each<[string, PortFacts, string]>([
  ["vxlan", { ...flat, networkType: "vxlan" }, "vxlan needs Neutron's agent on the node"],
  ["gre", { ...flat, networkType: "gre" }, "networks of type gre need Neutron's agent on the node"],
  ["an unknown type", untyped, "network n1: provider:network_type is not visible to skynet's user"],
  [
    "an unknown physical network",
    unplaced,
    "network n1: provider:physical_network is not visible to skynet's user",
  ],
  [
    "a vlan without id",
    { ...flat, networkType: "vlan" },
    "provider:segmentation_id is not visible to skynet's user",
  ],
])("%s is refused without an agent", (_name, port, message) => {
  expect(() => planUplink(port, options)).toThrow(message);
});

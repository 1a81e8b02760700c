import { expect, test } from "bun:test";
import { openWiring } from "./kinds.ts";
import type { PortFacts, WiringOptions } from "./wiring.ts";

const options: WiringOptions = {
  neutronAgent: "required",
  physicalNetworks: { physnet1: "eth1" },
  stateDir: "/nowhere",
};
const port: PortFacts = {
  portId: "0a1b2c3d-4e5f-6789-abcd-ef0123456789",
  networkId: "n1",
  networkType: "vlan",
  physicalNetwork: "physnet1",
  segmentationId: 101,
  mac: "FA:16:3E:00:00:01",
  mtu: 1450,
};
const wiring = openWiring("macvlan", options);

test("a plan names the device that the pod sits on and no host's end, and survives JSON", () => {
  const plan = wiring.plan(port);
  expect(JSON.parse(JSON.stringify(plan))).toEqual({
    kind: "macvlan",
    portId: port.portId,
    uplink: {
      device: "eth1.101",
      nic: "eth1",
      vlanId: 101,
      physicalNetwork: "physnet1",
      setting: "plugin.physical_networks.physnet1",
    },
    mac: "FA:16:3E:00:00:01",
    mtu: 1450,
  });
});

test("nobody in Neutron serves it, and it is ready at once", async () => {
  expect(wiring.driver).toBeUndefined();
  expect(await wiring.ready(wiring.plan(port), AbortSignal.timeout(1_000))).toBe("ready");
});

test("networks that are on no NIC are refused with what to do", () => {
  expect(() => wiring.plan({ ...port, networkType: "vxlan" })).toThrow(
    "network n1: macvlan puts pods on a NIC, and a network of type vxlan is on none; use a flat or vlan network, " +
      'or set plugin.plugin_type to "linuxbridge" or "openvswitch", with Neutron\'s agent',
  );
});

test("hidden provider attributes are asked for in terms of macvlan", () => {
  const { networkType: _, ...untyped } = port;
  expect(() => wiring.plan(untyped)).toThrow(
    'network n1: provider:network_type is not visible to skynet\'s user, and with plugin.plugin_type "macvlan" it must be; ' +
      "give that user a role that may see provider attributes",
  );
});

import { expect, test } from "bun:test";
import {
  bridgeName,
  hostEndOf,
  nicBridgeName,
  podSideName,
  standInName,
  tapMac,
  tapName,
  vlanName,
} from "./names.ts";

test("devices have the names that Neutron's linuxbridge agent looks for", () => {
  expect(tapName("0a1b2c3d-4e5f-6789-abcd-ef0123456789")).toBe("tap0a1b2c3d-4e");
  expect(bridgeName("e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b")).toBe("brqe5e7478a-53");
  expect(vlanName("ens192", 100)).toBe("ens192.100");
});

test("a VLAN device's name that just fits is not touched", () => {
  expect(vlanName("enp130s0f0", 4094)).toBe("enp130s0f0.4094");
});

test("one that does not fit is cut, told apart by a hash, and fits", () => {
  // sha1("enp130s0f0np0") and sha1("enp130s0f0np1"), as neutron_lib.plugins.utils.get_interface_name has it.
  expect(vlanName("enp130s0f0np0", 4094)).toBe("enp1e5baed.4094");
  expect(vlanName("enp130s0f0np1", 4094)).toBe("enp18ceac4.4094");
  expect(vlanName("enp130s0f0np0", 4)).toHaveLength(15);
});

test("the host's end never has the lowest MAC of the bridge", () => {
  expect(tapMac("FA:16:3e:00:00:01")).toBe("fe:16:3e:00:00:01");
});

test("the bridge for a NIC has a name that a link can have, and another for each NIC", () => {
  expect(nicBridgeName("eth1")).toBe("br-eth1");
  expect(nicBridgeName("enp0s31f6.10")).toBe("br-enp0s31f6.10");
  expect(nicBridgeName("enp0s31f6.100")).toMatch(/^br-enp0s3[0-9a-f]{6}$/);
  expect(nicBridgeName("enp0s31f6.100")).not.toBe(nicBridgeName("enp0s31f6.101"));
});

test("the other links of a port are told by the name of its host's end, and lead back to it", () => {
  for (const name of [standInName("tap0a1b2c3d-4e"), podSideName("tap0a1b2c3d-4e")]) {
    expect(name).toMatch(/^sk[ip]0a1b2c3d-4e$/);
    expect(hostEndOf(name)).toBe("tap0a1b2c3d-4e");
  }
  expect(hostEndOf("tap0a1b2c3d-4e")).toBeUndefined();
});

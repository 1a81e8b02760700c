import { expect, test } from "bun:test";
import type { Port } from "../../openstack/neutron/ports.ts";
import { fakePort } from "../../openstack/test-support.ts";
import { complaintOf } from "./inspect.ts";

const SPEC = { networkId: "net-a", securityGroups: ["a", "b"], portSecurity: true };
const PORT = fakePort({
  security_groups: ["b", "a"],
  port_security_enabled: true,
  "binding:host_id": "node1",
  "binding:vif_type": "bridge",
});

test("a port that is as it was may be given to another pod, whatever it is called now", () => {
  expect(
    complaintOf(SPEC, PORT, { ...PORT, name: "other", device_id: "other", revision_number: 9 }),
  ).toBeUndefined();
  expect(complaintOf(SPEC, PORT, { ...PORT, status: "BUILD" })).toBeUndefined();
});

test.each<[string, Partial<Port> | undefined]>([
  ["gone from Neutron", undefined],
  ["security groups changed", { security_groups: ["a"] }],
  ["security groups changed", { security_groups: ["a", "b", "c"] }],
  ["project changed", { project_id: "other" }],
  ["port security changed", { port_security_enabled: false }],
  ["other addresses allowed", { allowed_address_pairs: [{ ip_address: "10.0.0.0/8" }] }],
  ["bound to another host", { "binding:host_id": "node2" }],
  ["bound otherwise", { "binding:vif_type": "binding_failed" }],
  ["MAC address changed", { mac_address: "fa:16:3e:00:00:02" }],
  ["administratively down", { admin_state_up: false }],
  ["in status ERROR", { status: "ERROR" }],
])("%s", (complaint, change) => {
  expect(complaintOf(SPEC, PORT, change && { ...PORT, ...change })).toBe(complaint);
});

test("what Neutron has chosen itself must stay, too", () => {
  const { portSecurity: _, ...asNeutronHasIt } = SPEC;
  const open = { ...PORT, port_security_enabled: false };
  expect(complaintOf(asNeutronHasIt, PORT, PORT)).toBeUndefined();
  expect(complaintOf(asNeutronHasIt, PORT, open)).toBe("port security changed");
});

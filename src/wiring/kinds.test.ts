import { expect, test } from "bun:test";
import { WiringError } from "./errors.ts";
import { openWiring } from "./kinds.ts";
import type { PortFacts, WiringOptions } from "./wiring.ts";

const options: WiringOptions = { neutronAgent: "required", physicalNetworks: {}, stateDir: "/nowhere" };
const port: PortFacts = {
  portId: "0a1b2c3d-4e5f-6789-abcd-ef0123456789",
  networkId: "e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b",
  networkType: "vxlan",
  segmentationId: 7,
  mac: "fa:16:3e:00:00:01",
  mtu: 1450,
};

test("with Neutron's agent a plan names tap and bridge only, and survives JSON", () => {
  const plan = openWiring("linuxbridge", options).plan(port);
  expect(JSON.parse(JSON.stringify(plan))).toEqual({
    kind: "linuxbridge",
    portId: port.portId,
    hostEnd: "tap0a1b2c3d-4e",
    bridge: "brqe5e7478a-53",
    mac: "fa:16:3e:00:00:01",
    mtu: 1450,
  });
});

test("without an agent it names the uplink", () => {
  const alone: WiringOptions = { ...options, neutronAgent: "none", physicalNetworks: { physnet1: "eth1" } };
  const flat = { ...port, networkType: "flat", physicalNetwork: "physnet1" };
  expect(openWiring("linuxbridge", alone).plan(flat)).toMatchObject({ uplink: { device: "eth1" } });
  expect(() => openWiring("linuxbridge", alone).plan(port)).toThrow("vxlan needs Neutron's agent");
});

test.each(["bridge", "toString", ""])("the kind %p is refused with those there are", (kind) => {
  const plan = () => openWiring(kind, options).plan(port);
  expect(plan).toThrow(
    `plugin.plugin_type "${kind}" is not supported by this version; it must be one of: linuxbridge`,
  );
});

test("a stored plan of a kind that is no more is refused, not taken for another's", () => {
  const wiring = openWiring("linuxbridge", options);
  const plan = { kind: "gone", portId: "p", hostEnd: "tap0" };
  expect(wiring.unplug(plan, undefined, AbortSignal.timeout(1_000))).rejects.toThrow(WiringError);
});

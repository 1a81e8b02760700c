import { describe, expect, test } from "bun:test";
import type { PortFacts, WiringOptions } from "../wiring.ts";
import { planOpenvswitch } from "./plan.ts";
import { readinessOf } from "./ready.ts";

const options: WiringOptions = { neutronAgent: "required", physicalNetworks: {}, stateDir: "/nowhere" };
const port: PortFacts = {
  portId: "00000001-53ec-4063-a4dc-f3ca3ba3e98b",
  networkId: "n1",
  networkType: "vxlan",
  mac: "fa:16:3e:00:00:01",
  mtu: 1450,
};
const bound = (details: Record<string, unknown>) => ({ ...port, binding: { vifType: "ovs", details } });

describe("the plan", () => {
  test("is for the integration bridge when Neutron shows no binding", () => {
    expect(planOpenvswitch(port, options)).toEqual({
      kind: "openvswitch",
      portId: port.portId,
      hostEnd: "tap00000001-53",
      bridge: "br-int",
      mac: port.mac,
      mtu: 1450,
    });
  });

  test("is for the bridge that the binding names", () => {
    expect(planOpenvswitch(bound({ bridge_name: "br-x" }), options).bridge).toBe("br-x");
    expect(planOpenvswitch(bound({ ovs_hybrid_plug: false, bridge_name: "" }), options).bridge).toBe(
      "br-int",
    );
  });

  test.each([
    ["is not OVN's where Neutron shows no binding", undefined, undefined],
    ["is not OVN's where the driver names a bridge", { bridge_name: "br-int" }, undefined],
    ["is OVN's where the driver names no bridge", { connectivity: "l2", port_filter: true }, true],
    ["is OVN's where the driver is", { bridge_name: "br-int", bound_drivers: { 0: "ovn" } }, true],
    [
      "is not OVN's where another driver is named",
      { bridge_name: "br-int", bound_drivers: { 0: "openvswitch" } },
      undefined,
    ],
  ] as const)("%s", (_, details, ovn) => {
    expect(planOpenvswitch(details ? bound(details) : port, options).ovn).toBe(ovn);
  });

  test("is refused where Neutron filters with iptables, and says what to set", () => {
    expect(() => planOpenvswitch(bound({ ovs_hybrid_plug: true }), options)).toThrow(
      expect.objectContaining({
        reason: "unsupported-binding",
        message: expect.stringContaining("set firewall_driver = openvswitch"),
      }),
    );
  });
});

const uuid = ["uuid", "u"] as const;

test.each([
  [undefined, {}, undefined],
  [4095, {}, undefined],
  [1, {}, "ask-neutron"],
  [undefined, { "ovn-installed": "true" }, "ready"],
  [undefined, { "ovn-installed": "false" }, undefined],
] as const)("tag %p and external_ids %p mean %p", (tag, externalIds, readiness) => {
  const view = {
    port: {
      uuid,
      name: "tap0",
      tag,
      vlanMode: undefined,
      trunks: [],
      interfaces: [],
      mark: "p",
      nicMark: undefined,
    },
    interface: { uuid, externalIds: externalIds as Record<string, string>, ofport: 1, error: undefined },
  };
  expect(readinessOf(view)).toBe(readiness);
});

import { expect, test } from "bun:test";
import type { SwitchPort } from "./ports.ts";
import { unusedBridges } from "./retire.ts";
import { passesVlan } from "./uplink.ts";

const port: SwitchPort = {
  uuid: ["uuid", "nic"],
  name: "eth1",
  tag: undefined,
  vlanMode: undefined,
  trunks: [],
  interfaces: [],
  mark: undefined,
  nicMark: undefined,
};

test.each<[Partial<SwitchPort>, number[]]>([
  [{}, [0, 100, 200]],
  [{ trunks: [100] }, [100]],
  [{ trunks: [0, 200] }, [0, 200]],
  [{ tag: 100 }, [100]],
  [{ tag: 100, vlanMode: "access", trunks: [200] }, [100]],
  [{ tag: 100, vlanMode: "native-untagged", trunks: [200] }, [100, 200]],
  [{ vlanMode: "access" }, [0]],
])("a NIC's port with %p passes the VLANs %p", (settings, passed) => {
  expect([0, 100, 200].filter((vlan) => passesVlan({ ...port, ...settings }, vlan))).toEqual(passed);
});

test("a bridge is unused when it is skynet's and has no port but its own and its NIC's", () => {
  const own: SwitchPort = { ...port, uuid: ["uuid", "own"], name: "br-eth1" };
  const nic: SwitchPort = { ...port, nicMark: "eth1" };
  const pod: SwitchPort = { ...port, uuid: ["uuid", "pod"], name: "tap0", mark: "p" };
  const bridge = { uuid: ["uuid", "b"] as const, name: "br-eth1", datapathType: "", nicMark: "eth1" };
  const view = (ports: readonly SwitchPort[], nicMark: string | undefined = "eth1") => ({
    bridges: [{ ...bridge, nicMark, ports: ports.map(({ uuid }) => uuid[1]) }],
    ports: [own, nic, pod],
    interfaces: [],
  });
  expect(unusedBridges(view([own, nic]))).toHaveLength(1);
  expect(unusedBridges(view([own]))).toHaveLength(1);
  expect(unusedBridges(view([own, nic, pod]))).toEqual([]);
  expect(
    unusedBridges({ ...view([own]), bridges: [{ ...bridge, nicMark: undefined, ports: ["own"] }] }),
  ).toEqual([]);
});

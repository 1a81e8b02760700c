import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { PodEnd, PortFacts } from "../../../src/wiring/wiring.ts";
import { type Node, pings, port, settings, TestNetwork, tap } from "./node.ts";
import { SwitchNode } from "./openvswitch-node.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

const kind = "openvswitch";

let network: TestNetwork;
let ovs: SwitchNode;
let node: Node;
let pod1: PodEnd;
let pod2: PodEnd;
/** Addresses and routes, links, and the rows of the bridge as its administrator made them. */
let untouched: Awaited<ReturnType<typeof everything>>;

beforeAll(async () => {
  network = new TestNetwork();
  const options = { neutronAgent: "none", physicalNetworks: { physnet1: "eth1" } } as const;
  ovs = await SwitchNode.add(network, "ovsphys", options);
  node = ovs.node;
  const neighbour = await network.addNode("ovsphys-next", options);
  await network.connect(node, neighbour, "eth1");
  await neighbour.ip("address add 10.9.0.102/24 dev eth1");
  await ovs.addBridge("br-phys");
  const foreign = ["set", "interface", "foreign", "type=internal", "--", "set", "port", "foreign", "tag=300"];
  await ovs.vsctl("add-port", "br-phys", "foreign", "--", ...foreign);
  await ovs.vsctl("add-port", "br-phys", "eth1");
  await node.ip("address add 10.9.0.101/24 dev br-phys", "link set br-phys up");
  pod1 = await network.addPod("ovsphys-pod1");
  pod2 = await network.addPod("ovsphys-pod2");
  untouched = await everything();
});

afterAll(async () => {
  await ovs?.[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

afterEach(async () => {
  for (const number of [1, 2]) await node.do({ kind, action: "unplug", port: port(number) });
  expect(await node.do({ kind, action: "sweep" })).toEqual([]);
  expect(await everything()).toEqual(untouched);
});

async function everything() {
  const bridge = ["--columns=name,ports,datapath_type,other_config,external_ids", "list", "bridge"];
  const ports = ["--columns=name,tag,trunks,vlan_mode,interfaces,other_config,external_ids", "list", "port"];
  return [
    await node.network(),
    await node.linkNames(),
    await ovs.vsctl(...bridge),
    await ovs.vsctl(...ports),
  ];
}

const attach = (number: number, pod: PodEnd, facts: Partial<PortFacts> = {}) =>
  node.do({ kind, action: "attach", port: port(number, facts), pod, settings: settings(number) });
const vlan = (id: number) => ({ networkType: "vlan", segmentationId: id });

test("the bridge that the NIC is in is used, and nothing of it is changed", async () => {
  await attach(1, pod1);
  await attach(2, pod2, vlan(100));
  expect(await ovs.ports("br-phys")).toEqual(["eth1", "foreign", tap(1), tap(2)]);
  expect(await pings(pod1.netns, "10.9.0.101")).toBe(true);
  expect(await pings(pod1.netns, "10.9.0.102")).toBe(true);
  expect(await node.do({ kind, action: "check", port: port(1) })).toEqual([]);
  expect(await node.do({ kind, action: "check", port: port(2, vlan(100)) })).toEqual([]);
});

test("a NIC that is set up there for other VLANs is an error that says so", async () => {
  await ovs.vsctl("set", "port", "eth1", "trunks=5,100");
  const { error } = await node.try({ kind, action: "plug", port: port(1), pod: pod1 });
  expect(error).toMatchObject({ reason: "device-in-use" });
  expect(error?.message).toBe(
    "eth1, for the physical network physnet1, is a port of br-phys that is set up for other VLANs and cannot carry " +
      "frames without a VLAN; change tag, trunks or vlan_mode of the port eth1 or correct plugin.physical_networks.physnet1",
  );
  await attach(2, pod2, vlan(100));
  await ovs.vsctl("clear", "port", "eth1", "trunks");
});

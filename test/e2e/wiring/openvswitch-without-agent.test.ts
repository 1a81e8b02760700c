import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { inNamespace } from "../../../lab/layout.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { PodEnd, PortFacts } from "../../../src/wiring/wiring.ts";
import { Capture, sendFrames } from "./frames.ts";
import { killEverywhere } from "./kill.ts";
import { type Node, pings, port, settings, TestNetwork, tap } from "./node.ts";
import { SwitchNode } from "./openvswitch-node.ts";
import { transfers } from "./transfer.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

const kind = "openvswitch";
/** The bridge that is made for eth1. */
const BRIDGE = "br-eth1";
/** The NIC as it is called while the bridge has its addresses. */
const onBridge = { link: BRIDGE, as: "eth1" };

let network: TestNetwork;
let ovs: SwitchNode;
let node: Node;
let neighbour: Node;
let host: string;
let outside: string;
let pods: PodEnd[];
/** The node's links, addresses and routes as its administrator made them. */
let links: string[];
let untouched: string;

beforeAll(async () => {
  network = new TestNetwork();
  const options = { neutronAgent: "none", physicalNetworks: { physnet1: "eth1" } } as const;
  ovs = await SwitchNode.add(network, "ovsnone", options);
  node = ovs.node;
  neighbour = await network.addNode("ovsnone-next", options);
  await network.connect(node, neighbour, "eth1");
  await node.ip(
    "address add 10.9.0.101/24 dev eth1",
    "address add fd09::101/64 dev eth1 nodad",
    "route add default via 10.9.0.102 metric 100",
    "route add 10.66.0.0/16 via 10.9.0.102 proto static src 10.9.0.101",
    "route add default via fd09::102",
  );
  await neighbour.ip("address add 10.9.0.102/24 dev eth1", "address add fd09::102/64 dev eth1 nodad");
  // Whoever sends to a switch that is a process must send complete checksums.
  for (const { namespace } of [node, neighbour]) {
    await run(inNamespace(namespace, ["ethtool", "-K", "eth1", "tx", "off"]));
  }
  [host, outside] = [`/run/netns/${node.namespace}`, `/run/netns/${neighbour.namespace}`];
  pods = [];
  for (const number of [1, 2, 3]) pods.push(await network.addPod(`ovsnone-pod${number}`));
  links = await node.linkNames();
  untouched = await node.network();
});

afterAll(async () => {
  await ovs?.[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

afterEach(async () => {
  for (const number of [1, 2, 3]) await unplug(number);
  await expectUntouched();
});

/** ovs-vswitchd removes devices when it comes to it. */
async function expectUntouched() {
  await waitFor("end of the bridge's device", async () => Bun.deepEquals(await node.linkNames(), links), {
    timeout: 5_000,
  }).catch(() => undefined);
  expect(await node.linkNames()).toEqual(links);
  expect(await node.network()).toBe(untouched);
  expect(await ovs.vsctl("list-br")).toBe("");
}

const vlan = (id: number) => ({ networkType: "vlan", segmentationId: id });
const podOf = (number: number) => pods[number - 1] as PodEnd;
const attach = (number: number, facts: Partial<PortFacts> = {}) =>
  node.do({
    kind,
    action: "attach",
    port: port(number, facts),
    pod: podOf(number),
    settings: settings(number),
  });
const tryPlug = (number: number, facts: Partial<PortFacts> = {}) =>
  node.try({ kind, action: "plug", port: port(number, facts), pod: podOf(number) });
const plug = (number: number, facts: Partial<PortFacts> = {}) =>
  node.do({ kind, action: "plug", port: port(number, facts), pod: podOf(number) });
const unplug = (number: number) => node.do({ kind, action: "unplug", port: port(number) });
const problems = (number: number, facts: Partial<PortFacts> = {}) =>
  node.do({ kind, action: "check", port: port(number, facts) });

describe("a flat network", () => {
  test("joins pods, the node and its neighbours, with full packets and with TCP", async () => {
    await attach(1);
    await attach(2);
    const pod = podOf(1).netns;
    for (const address of ["10.9.0.2", "10.9.0.101", "10.9.0.102"]) {
      expect(await pings(pod, address, ["-M", "do", "-s", "1422"])).toBe(true);
    }
    expect(await pings(pod, "fd09::2")).toBe(true);
    expect(await pings(pod, "fd09::102")).toBe(true);
    expect(await transfers(pod, podOf(2).netns, "10.9.0.2")).toBe(true);
    expect(await transfers(pod, outside, "10.9.0.102")).toBe(true);
    expect(await problems(1)).toEqual([]);
    expect(await node.do({ kind, action: "ready", port: port(1) })).toBe("ready");
    expect(await node.do({ kind, action: "problems" })).toEqual([]);
  });

  test("the host's addresses and routes live on the bridge, and its connections stay", async () => {
    await attach(1);
    expect(await node.network(onBridge)).toBe(untouched);
    expect(await pings(host, "10.9.0.102")).toBe(true);
    expect(await pings(host, "fd09::102")).toBe(true);
    const [nic, bridge] = [await node.link("eth1"), await node.link(BRIDGE)];
    expect(bridge?.address).toBe(nic?.address as string);
    // The pods' smaller packets are no reason for the host to send smaller ones.
    expect(bridge?.mtu).toBe(1500);

    await unplug(1);
    expect(await pings(host, "10.9.0.102")).toBe(true);
    expect(await pings(host, "fd09::102")).toBe(true);
  });

  test("the bridge stays as long as a pod is in it", async () => {
    await attach(1);
    await attach(2);
    await unplug(1);
    expect(await pings(podOf(2).netns, "10.9.0.102")).toBe(true);
  });

  test("pods neither see nor send frames of any VLAN", async () => {
    await attach(1);
    await attach(2, vlan(100));
    await attach(3, vlan(100));
    await using flat = await Capture.start(podOf(1).netns, "eth0");
    await using tagged = await Capture.start(podOf(2).netns, "eth0");
    await using wire = await Capture.start(outside, "eth1");
    const from = port(1).mac;
    await sendFrames(podOf(1).netns, "eth0", [
      { from, tags: [100], text: "flat-as-vlan" },
      { from, tags: [200], text: "flat-as-other" },
      { from, text: "flat-plain" },
    ]);
    await sendFrames(podOf(3).netns, "eth0", [{ from: port(3).mac, text: "vlan-plain" }]);
    const stranger = "02:00:00:00:00:01";
    await sendFrames(outside, "eth1", [
      { from: stranger, tags: [100], text: "outside-vlan" },
      { from: stranger, tags: [200], text: "outside-other" },
      { from: stranger, text: "outside-plain" },
    ]);
    const seenByFlat = await flat.until("outside-plain");
    const seenByVlan = await tagged.until("outside-vlan");
    const seenOutside = await wire.until("vlan-plain");
    expect(seenByFlat).not.toMatch(/vlan-plain|outside-vlan|outside-other/);
    expect(seenByVlan).toContain("vlan-plain");
    expect(seenByVlan).not.toMatch(/flat-|outside-plain|outside-other/);
    expect(seenOutside).toMatch(/flat-plain/);
    expect(seenOutside).not.toMatch(/flat-as/);
    expect(seenOutside).toMatch(/vlan 100[^\n]*\n[^\n]*vlan-plain/);
  });

  test("a network with larger packets than its NIC is warned of", async () => {
    const warning = "eth1 has an MTU of 1500, less than the network's 9000: larger packets of pods are lost";
    expect(await plug(1, { mtu: 9000 })).toContain(warning);
    expect(await problems(1, { mtu: 9000 })).toEqual([warning]);
  });
});

describe("a VLAN network", () => {
  test("joins its pods, and not those of another or of a flat one", async () => {
    await attach(1, vlan(100));
    await attach(2, vlan(100));
    await attach(3, vlan(200));
    expect(await pings(podOf(1).netns, "10.9.0.2")).toBe(true);
    expect(await pings(podOf(1).netns, "10.9.0.3", [], 1)).toBe(false);
    expect(await pings(podOf(1).netns, "10.9.0.102", [], 1)).toBe(false);
    expect(await problems(1, vlan(100))).toEqual([]);
    expect(await problems(1, vlan(101))).toEqual([
      `the port ${tap(1)} of Open vSwitch has vlan_mode access and tag 100, not access and 101`,
    ]);
  });

  test("vxlan is refused with the reason", async () => {
    const { error } = await tryPlug(1, { networkType: "vxlan", segmentationId: 7 });
    expect(error).toMatchObject({ reason: "unsupported-network" });
    expect(error?.message).toContain("vxlan needs Neutron's agent on the node");
  });
});

describe("what is in the way is named", () => {
  test("a NIC that is not there", async () => {
    const options = { ...node.options, physicalNetworks: { physnet1: "eth9" } };
    const { error } = await node.try({ kind, action: "plug", port: port(1), pod: podOf(1), options });
    expect(error).toMatchObject({
      reason: "no-uplink",
      message:
        "the NIC eth9 of the physical network physnet1 is not on this node; correct plugin.physical_networks.physnet1",
    });
  });

  test("a NIC in somebody's Linux bridge", async () => {
    await node.ip("link add br0 type bridge", "link set eth1 master br0");
    const { error } = await tryPlug(1);
    expect(error).toMatchObject({ reason: "device-in-use" });
    expect(error?.message).toContain(`is a port of br0 and cannot join ${BRIDGE} of Open vSwitch`);
    await node.ip("link del br0");
  });

  test("a bridge of somebody's with the name of the one to make", async () => {
    await ovs.addBridge(BRIDGE);
    const { error } = await tryPlug(1);
    expect(error).toMatchObject({ reason: "device-in-use" });
    expect(error?.message).toStartWith(`${BRIDGE} is already a bridge of Open vSwitch and is not skynet's`);
    await ovs.vsctl("del-br", BRIDGE);
  });
});

test("a bridge that somebody has put a port into stays, with the host's addresses, until that is gone", async () => {
  await attach(1);
  await ovs.vsctl("add-port", BRIDGE, "foreign", "--", "set", "interface", "foreign", "type=internal");
  await unplug(1);
  expect(await ovs.ports(BRIDGE)).toEqual(["eth1", "foreign"]);
  expect(await node.network(onBridge)).toBe(untouched);
  await ovs.vsctl("del-port", "foreign");
  expect(await node.do({ kind, action: "sweep" })).toEqual([BRIDGE]);
});

test("check tells that the NIC is no longer in the bridge, and unplug gives it everything back", async () => {
  await attach(1);
  await ovs.vsctl("del-port", "eth1");
  expect(await problems(1)).toEqual(["the NIC eth1 is in no bridge of Open vSwitch"]);
});

test("the next pod brings the NIC back that somebody took out of the bridge", async () => {
  await attach(1);
  await ovs.vsctl("del-port", "eth1");
  await attach(2);
  expect(await pings(podOf(2).netns, "10.9.0.102")).toBe(true);
});

test("a database that hangs does not keep a pod on the network, nor the bridge for good", async () => {
  await attach(1);
  await ovs.database.whileFrozen(async () => {
    const { error } = await node.try({ kind, action: "unplug", port: port(1) });
    expect(error).toMatchObject({ reason: "switch-unreachable" });
    expect(await node.link(tap(1))).toBeUndefined();
  });
});

describe("many processes at once", () => {
  const numbers = Array.from({ length: 10 }, (_, index) => index + 11);
  /** Of three networks. */
  const factsOf = (number: number) => [{}, vlan(100), vlan(200)][number % 3] as Partial<PortFacts>;

  test("make one bridge for the pods of three networks, and leave nothing", async () => {
    const many = await Promise.all(numbers.map((number) => network.addPod(`ovsnone-many${number}`)));
    const onAll = (action: "attach" | "churn" | "unplug", times = 1) =>
      Promise.all(
        numbers.map((number, index) => {
          const of = { port: port(number, factsOf(number)), pod: many[index] as PodEnd };
          return node.do({ kind, action, ...of, settings: settings(number), times });
        }),
      );
    await onAll("attach");
    expect(await ovs.ports(BRIDGE)).toEqual(["eth1", ...numbers.map(tap)].sort());
    expect(await node.network(onBridge)).toBe(untouched);
    expect(await pings((many[1] as PodEnd).netns, "10.9.0.102")).toBe(true);
    await onAll("unplug");
    await expectUntouched();
    // Bridge and addresses come and go.
    await onAll("churn", 2);
    await expectUntouched();
  });
});

describe("a process killed before any of its changes", () => {
  const plugStep = () => ({ kind, action: "plug", port: port(1), pod: podOf(1) }) as const;

  test("in plug leaves what unplug removes", async () => {
    const changes = await killEverywhere(node, plugStep(), async () => {
      await unplug(1);
      await expectUntouched();
    });
    // Bridge, its start, addresses, NIC, addresses, routes, addresses, veth, rows.
    expect(changes).toBeGreaterThanOrEqual(9);
  });

  test("in plug leaves what another plug completes", async () => {
    await killEverywhere(node, plugStep(), async () => {
      await attach(2);
      expect(await pings(podOf(2).netns, "10.9.0.102")).toBe(true);
      expect(await node.network(onBridge)).toBe(untouched);
      await unplug(2);
      await unplug(1);
    });
  });

  test.each(["unplug", "sweep"] as const)("in unplug leaves what %s removes", async (action) => {
    await attach(1);
    const changes = await killEverywhere(node, { kind, action: "unplug", port: port(1) }, async () => {
      await node.do({ kind, action, port: port(1) });
      await expectUntouched();
      await attach(1);
    });
    // Veth, rows, addresses, routes, addresses, bridge.
    expect(changes).toBeGreaterThanOrEqual(6);
  });
});

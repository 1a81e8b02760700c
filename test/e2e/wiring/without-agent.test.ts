import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { attempt } from "../../../lab/command.ts";
import { inNamespace } from "../../../lab/layout.ts";
import type { PodEnd } from "../../../src/wiring/wiring.ts";
import { killEverywhere } from "./kill.ts";
import { BRIDGE, type Node, pings, port, settings, TestNetwork, tap } from "./node.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

const OTHER_NETWORK = "99999999-53ec-4063-a4dc-f3ca3ba3e98b";

let network: TestNetwork;
let node: Node;
let neighbour: Node;
let pod1: PodEnd;
let pod2: PodEnd;
/** The node's addresses and routes as its administrator made them. */
let untouched: string;

beforeAll(async () => {
  network = new TestNetwork();
  const options = { neutronAgent: "none", physicalNetworks: { physnet1: "eth1" } } as const;
  node = await network.addNode("flat", options);
  neighbour = await network.addNode("flat-next", options);
  await network.connect(node, neighbour, "eth1");
  await node.ip(
    "address add 10.9.0.101/24 dev eth1",
    "address add 10.9.0.111/24 dev eth1",
    "address add fd09::101/64 dev eth1 nodad",
    "route add default via 10.9.0.102 metric 100",
    "route add 10.66.0.0/16 via 10.9.0.102 proto static src 10.9.0.101",
    "route add 10.67.0.0/16 dev eth1 table 100",
    "route add 10.68.0.0/16 nexthop via 10.9.0.102 dev eth1 nexthop via 10.9.0.103 dev eth1 weight 2",
    "route add default via fd09::102",
  );
  await neighbour.ip("address add 10.9.0.102/24 dev eth1", "address add fd09::102/64 dev eth1 nodad");
  pod1 = await network.addPod("flat-pod1");
  pod2 = await network.addPod("flat-pod2");
  untouched = await node.network();
});

afterAll(() => network[Symbol.asyncDispose]());

afterEach(async () => {
  await node.do({ action: "unplug", port: port(1) });
  await node.do({ action: "unplug", port: port(2) });
  await neighbour.do({ action: "unplug", port: port(2) });
  expect(await node.linkNames()).toEqual(["eth1", "lo"]);
  expect(await node.network()).toBe(untouched);
});

/** The bridge in the place of the NIC. */
const onBridge = { link: BRIDGE, as: "eth1" };

const attachTo = (to: Node, number: number, pod: PodEnd) =>
  to.do({ action: "attach", port: port(number), pod, settings: settings(number) });

describe("a flat network", () => {
  test("joins pods of two nodes, and the nodes themselves", async () => {
    await attachTo(node, 1, pod1);
    await attachTo(neighbour, 2, pod2);
    expect(await pings(pod1.netns, "10.9.0.2", ["-M", "do", "-s", "1422"])).toBe(true);
    expect(await pings(pod1.netns, "fd09::2")).toBe(true);
    expect(await pings(pod1.netns, "10.9.0.102")).toBe(true);
    expect(await node.do({ action: "check", port: port(1) })).toEqual([]);
  });

  test("the host's addresses and routes live on the bridge, and its connections stay", async () => {
    const host = `/run/netns/${node.namespace}`;
    await attachTo(node, 1, pod1);
    expect(await node.network(onBridge)).toBe(untouched);
    expect(await pings(host, "10.9.0.102")).toBe(true);
    expect(await pings(host, "fd09::102")).toBe(true);
    const [nic, bridge] = [await node.link("eth1"), await node.link(BRIDGE)];
    expect(bridge?.address).toBe(nic?.address);
    // The pods' smaller packets are no reason for the host to send smaller ones.
    expect(bridge?.mtu).toBe(1500);

    await node.do({ action: "unplug", port: port(1) });
    expect(await pings(host, "10.9.0.102")).toBe(true);
    expect(await pings(host, "fd09::102")).toBe(true);
  });

  test("the bridge stays as long as a pod is in it", async () => {
    await attachTo(node, 1, pod1);
    await attachTo(node, 2, pod2);
    await node.do({ action: "unplug", port: port(1) });
    expect(await pings(pod2.netns, "10.9.0.102")).toBe(true);
  });

  test("a NIC without addresses gives the bridge no IPv6", async () => {
    await neighbour.ip("address flush dev eth1 scope global");
    await attachTo(neighbour, 2, pod2);
    expect((await neighbour.link(BRIDGE))?.addr_info).toEqual([]);
    await neighbour.do({ action: "unplug", port: port(2) });
    await neighbour.ip("address add 10.9.0.102/24 dev eth1", "address add fd09::102/64 dev eth1 nodad");
  });

  test("a network with larger packets than its NIC is warned of", async () => {
    const facts = port(1, { mtu: 9000 });
    const warning = "eth1 has an MTU of 1500, less than the network's 9000: larger packets of pods are lost";
    expect(await node.do({ action: "plug", port: facts, pod: pod1 })).toEqual([warning]);
    expect(await node.do({ action: "check", port: facts })).toEqual([warning]);
  });

  test("check tells when the NIC is no longer in the bridge", async () => {
    await attachTo(neighbour, 2, pod2);
    await neighbour.ip("link set eth1 nomaster");
    expect(await neighbour.do({ action: "check", port: port(2) })).toEqual([
      `the device eth1 is not in the bridge ${BRIDGE}`,
    ]);
  });

  test("a bridge that has lost its NIC gives it the host's addresses back", async () => {
    await attachTo(node, 1, pod1);
    await node.ip("link set eth1 nomaster");
    await node.do({ action: "unplug", port: port(1) });
    expect(await node.network()).toBe(untouched);
  });

  test("without a plan to name the NIC it keeps them, until a pod brings one", async () => {
    await attachTo(node, 1, pod1);
    await node.ip("link set eth1 nomaster");
    await node.do({ action: "unplugPort", port: port(1) });
    expect(await node.linkNames()).toEqual([BRIDGE, "eth1", "lo"].sort());
    await attachTo(node, 2, pod2);
    expect(await pings(pod2.netns, "10.9.0.102")).toBe(true);
  });
});

describe("what is in the way is named", () => {
  async function refused(facts: Parameters<typeof port>[1]) {
    const { error } = await node.try({ action: "plug", port: port(1, facts), pod: pod1 });
    await node.do({ action: "unplug", port: port(1, facts) });
    return error;
  }

  test("a NIC that is not there", async () => {
    const options = { ...node.options, physicalNetworks: { physnet1: "eth9" } };
    const { error } = await node.try({ action: "plug", port: port(1), pod: pod1, options });
    expect(error).toMatchObject({
      reason: "no-uplink",
      message:
        "the NIC eth9 of the physical network physnet1 is not on this node; correct plugin.physical_networks.physnet1",
    });
  });

  test("a NIC in somebody else's bridge", async () => {
    await neighbour.ip("link add br0 type bridge", "link set eth1 master br0");
    const { error } = await neighbour.try({ action: "plug", port: port(2), pod: pod2 });
    expect(error?.reason).toBe("device-in-use");
    expect(error?.message).toContain(`is a port of br0 and cannot join ${BRIDGE}`);
    await neighbour.ip("link del br0");
  });

  test("a NIC that carries another network's pods", async () => {
    await attachTo(node, 2, pod2);
    const error = await refused({ networkId: OTHER_NETWORK });
    expect(error?.message).toContain(`is a port of ${BRIDGE} and cannot join brq99999999-53`);
  });

  test("a device with the VLAN's name that is none", async () => {
    await node.ip("link add eth1.100 type bridge");
    const error = await refused({ networkType: "vlan", segmentationId: 100 });
    expect(error?.message).toBe(
      "eth1.100 must be VLAN 100 of eth1 but is bridge; remove or rename that device",
    );
    await node.ip("link del eth1.100");
  });
});

test("a VLAN network is joined, or the kernel's lack of VLAN devices named", async () => {
  const vlan = port(1, { networkType: "vlan", segmentationId: 100 });
  const { error } = await node.try({ action: "plug", port: vlan, pod: pod1 });
  const kernelHasVlans = await attempt(
    inNamespace(node.namespace, [
      "ip",
      "link",
      "add",
      "link",
      "eth1",
      "name",
      "probe",
      "type",
      "vlan",
      "id",
      "5",
    ]),
  );
  if (kernelHasVlans.exitCode === 0) {
    await node.ip("link del probe");
    expect(error).toBeUndefined();
    expect(await node.linkNames()).toEqual([BRIDGE, "eth1", "eth1.100", "lo", tap(1)].sort());
    await node.do({ action: "unplug", port: vlan });
  } else {
    expect(error).toMatchObject({
      reason: "unsupported-kernel",
      message: "VLAN 100 of eth1: this kernel has no VLAN devices; load its module 8021q",
    });
  }
});

describe("a process killed before any of its changes", () => {
  test("in plug leaves what unplug removes", async () => {
    const plug = { action: "plug", port: port(1), pod: pod1 } as const;
    const changes = await killEverywhere(node, plug, async () => {
      await node.do({ action: "unplug", port: port(1) });
      expect(await node.linkNames()).toEqual(["eth1", "lo"]);
      expect(await node.network()).toBe(untouched);
    });
    // Bridge, its start, MAC, addresses, NIC, MTU, routes, addresses, veth.
    expect(changes).toBeGreaterThanOrEqual(9);
  });

  test("in plug leaves what another plug completes", async () => {
    const plug = { action: "plug", port: port(1), pod: pod1 } as const;
    await killEverywhere(node, plug, async () => {
      await attachTo(node, 2, pod2);
      expect(await pings(pod2.netns, "10.9.0.102")).toBe(true);
      expect(await node.network(onBridge)).toBe(untouched);
      await node.do({ action: "unplug", port: port(2) });
      await node.do({ action: "unplug", port: port(1) });
    });
  });

  test("in unplug leaves what a repeated unplug removes", async () => {
    await attachTo(node, 1, pod1);
    const changes = await killEverywhere(node, { action: "unplug", port: port(1) }, async () => {
      await node.do({ action: "unplug", port: port(1) });
      expect(await node.linkNames()).toEqual(["eth1", "lo"]);
      expect(await node.network()).toBe(untouched);
      await attachTo(node, 1, pod1);
    });
    // Veth, addresses, routes, bridge.
    expect(changes).toBeGreaterThanOrEqual(4);
  });

  test("in unplug leaves what a plug into another network of the NIC clears away", async () => {
    await attachTo(node, 1, pod1);
    await node.try({ action: "unplug", port: port(1), killBefore: 2 });
    const other = port(2, { networkId: OTHER_NETWORK });
    await node.do({ action: "plug", port: other, pod: pod2 });
    expect(await node.linkNames()).toEqual(["brq99999999-53", "eth1", "lo", tap(2)]);
    await node.do({ action: "unplug", port: other });
  });
});

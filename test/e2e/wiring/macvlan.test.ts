import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { inNamespace, netnsPath } from "../../../lab/layout.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { PodEnd } from "../../../src/wiring/wiring.ts";
import { killEverywhere } from "./kill.ts";
import { BRIDGE, type IpLink, type Node, pings, podLink, port, settings, TestNetwork } from "./node.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

const kind = "macvlan";

let network: TestNetwork;
let node: Node;
let neighbour: Node;
let pod1: PodEnd;
let pod2: PodEnd;
/** The node's addresses and routes as its administrator made them. */
let untouched: string;

beforeAll(async () => {
  network = new TestNetwork();
  // Also where Neutron's agent runs, nobody but skynet connects these pods.
  node = await network.addNode("mv", { neutronAgent: "required", physicalNetworks: { physnet1: "eth1" } });
  neighbour = await network.addNode("mv-next", {
    neutronAgent: "none",
    physicalNetworks: {},
    trunkNic: "eth1",
  });
  await network.connect(node, neighbour, "eth1");
  await node.ip("address add 10.9.0.101/24 dev eth1", "address add fd09::101/64 dev eth1 nodad");
  await neighbour.ip("address add 10.9.0.102/24 dev eth1", "address add fd09::102/64 dev eth1 nodad");
  pod1 = await network.addPod("mv-pod1");
  pod2 = await network.addPod("mv-pod2");
  untouched = await node.network();
});

afterAll(() => network[Symbol.asyncDispose]());

afterEach(async () => {
  for (const [number, pod] of [[1, pod1] as const, [2, pod2] as const]) {
    await node.do({ action: "unplug", kind, port: port(number), pod });
    expect(await podLink(pod)).toBeUndefined();
  }
  expect(await node.linkNames()).toEqual(["eth1", "lo"]);
  expect(await node.network()).toBe(untouched);
});

const attachTo = (to: Node, number: number, pod: PodEnd) =>
  to.do({ action: "attach", kind, port: port(number), pod, settings: settings(number) });

describe("a flat network", () => {
  test("joins pods of one node, of two nodes, and other nodes", async () => {
    const pod3 = await network.addPod("mv-pod3");
    await attachTo(node, 1, pod1);
    await attachTo(node, 2, pod2);
    await attachTo(neighbour, 3, pod3);
    const largest = ["-M", "do", "-s", "1422"];
    for (const other of ["10.9.0.2", "10.9.0.3", "10.9.0.102"]) {
      expect(await pings(pod1.netns, other, largest)).toBe(true);
    }
    for (const other of ["fd09::2", "fd09::3", "fd09::102"]) {
      expect(await pings(pod1.netns, other, ["-M", "do", "-s", "1402"])).toBe(true);
    }
    expect(await node.do({ action: "check", kind, port: port(1) })).toEqual([]);
    await neighbour.do({ action: "unplug", kind, port: port(3), pod: pod3 });
    expect(await podLink(pod3)).toBeUndefined();
  });

  test("joins a pod and its own node only by a macvlan device of the node's", async () => {
    const host = netnsPath(node.namespace);
    await attachTo(node, 1, pod1);
    expect(await pings(netnsPath(neighbour.namespace), "10.9.0.1")).toBe(true);
    expect(await pings(host, "10.9.0.1", [], 1)).toBe(false);
    await node.ip(
      "link add link eth1 name pods0 type macvlan mode bridge",
      "address add 10.9.0.200/32 dev pods0",
      "link set pods0 up",
    );
    expect(await pings(host, "10.9.0.1", ["-I", "pods0"])).toBe(true);
    await node.do({ action: "unplug", kind, port: port(1), pod: pod1 });
    expect(await node.linkNames()).toEqual(["eth1", "lo", "pods0"]);
    await node.ip("link delete pods0");
  });

  test("the pod's end is born with its mark, and down", async () => {
    expect(await node.do({ action: "plug", kind, port: port(1), pod: pod1 })).toEqual([]);
    const link = (await podLink(pod1)) as IpLink & { group: string };
    expect(link).toMatchObject({ group: "94", address: port(1).mac, mtu: 1450 });
    expect(link.flags).not.toContain("UP");
    expect(await node.linkNames()).toEqual(["eth1", "lo"]);
    expect(await node.network()).toBe(untouched);
  });

  test("the pod's end may have the name of the node's NIC", async () => {
    const pod = { ...pod1, ifname: "eth1" };
    await attachTo(node, 1, pod);
    expect(await pings(pod.netns, "10.9.0.102")).toBe(true);
    await node.do({ action: "unplug", kind, port: port(1), pod });
    expect(await podLink(pod)).toBeUndefined();
  });

  test("a second plug for the same pod replaces the first", async () => {
    await attachTo(node, 1, pod1);
    await attachTo(node, 1, pod1);
    expect(await pings(pod1.netns, "10.9.0.102")).toBe(true);
  });

  test("neighbours learn who has an address now", async () => {
    await attachTo(node, 1, pod1);
    expect(await pings(netnsPath(neighbour.namespace), "10.9.0.1")).toBe(true);
    await node.do({ action: "unplug", kind, port: port(1), pod: pod1 });
    const { addresses } = settings(1);
    await node.do({ action: "attach", kind, port: port(2), pod: pod2, settings: settings(2, { addresses }) });
    const known = () => run(inNamespace(neighbour.namespace, ["ip", "neighbour", "show", "10.9.0.1"]));
    await waitFor("new MAC at the neighbour", async () => (await known()).includes(port(2).mac));
  });

  test("unplug does with a namespace that is gone, and when repeated", async () => {
    const pod = await network.addPod("mv-gone");
    await attachTo(node, 1, pod);
    await run(["ip", "netns", "delete", pod.netns.replace("/run/netns/", "")]);
    await node.do({ action: "unplug", kind, port: port(1), pod });
    await node.do({ action: "unplug", kind, port: port(1) });
  });

  test("unplug leaves an interface of the pod's own", async () => {
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "add", "eth0", "type", "bridge"]);
    const { error } = await node.try({ action: "plug", kind, port: port(1), pod: pod1 });
    expect(error).toMatchObject({ reason: "interface-exists" });
    expect(error?.message).toBe(`the interface eth0 already exists in ${pod1.netns}`);
    await node.do({ action: "unplug", kind, port: port(1), pod: pod1 });
    const names = await run(["nsenter", `--net=${pod1.netns}`, "ip", "-brief", "link"]);
    expect(names.split("\n").map((line) => line.split(/[ @]/)[0])).toEqual(["lo", "eth0", ""]);
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "delete", "eth0"]);
  });
});

describe("check tells", () => {
  const problems = () => node.do({ action: "check", kind, port: port(1) });
  const missing = `no macvlan device with the MAC ${port(1).mac} is up on eth1`;

  test("that the pod's end is gone, or down", async () => {
    await attachTo(node, 1, pod1);
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "set", "eth0", "down"]);
    expect(await problems()).toEqual([missing]);
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "set", "eth0", "up"]);
    expect(await problems()).toEqual([]);
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "delete", "eth0"]);
    expect(await problems()).toEqual([missing]);
  });

  test("that another device is in the place of the pod's end", async () => {
    await attachTo(node, 1, pod1);
    const other = `link add eth0 address ${port(1).mac} type bridge`;
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "delete", "eth0"]);
    await run(["nsenter", `--net=${pod1.netns}`, "ip", ...other.split(" ")]);
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "set", "eth0", "up"]);
    expect(await problems()).toEqual([missing]);
    await run(["nsenter", `--net=${pod1.netns}`, "ip", "link", "delete", "eth0"]);
  });

  test("that the NIC is down, or missing", async () => {
    await attachTo(node, 1, pod1);
    await node.ip("link set eth1 down");
    expect(await problems()).toContain("the NIC eth1 is down");
    await node.ip("link set eth1 up", "address add fd09::101/64 dev eth1 nodad");
    const options = { ...node.options, physicalNetworks: { physnet1: "eth9" } };
    const checked = await node.do({ action: "check", kind, port: port(1), options });
    expect(checked).toEqual(["the NIC eth9 is missing"]);
  });
});

describe("what is in the way is named", () => {
  async function refusal(step: Partial<Parameters<Node["try"]>[0]> = {}) {
    const { error } = await node.try({ action: "plug", kind, port: port(1), pod: pod1, ...step });
    await node.do({ action: "unplug", kind, port: port(1), pod: pod1 });
    return error;
  }

  test("a network that is on no NIC", async () => {
    for (const networkType of ["vxlan", "geneve"]) {
      const { error } = await node.try({ action: "plug", kind, port: port(1, { networkType }), pod: pod1 });
      expect(error?.reason).toBe("unsupported-network");
      expect(error?.message).toContain(
        `macvlan puts pods on a NIC, and a network of type ${networkType} is on none; use a flat or vlan network`,
      );
    }
  });

  test("a NIC that is not there", async () => {
    const options = { ...node.options, physicalNetworks: { physnet1: "eth9" } };
    const error = await refusal({ options });
    expect(error?.reason).toBe("no-uplink");
    expect(error?.message).toContain("the NIC eth9 of the physical network physnet1 is not on this node");
  });

  test("an MTU that the NIC does not have", async () => {
    const error = await refusal({ port: port(1, { mtu: 9000 }) });
    expect(error?.reason).toBe("unsupported-network");
    expect(error?.message).toContain("the network's MTU of 9000 is more than the 1500 of eth1");
    expect(error?.message).toContain("raise the MTU of eth1 or lower the network's");
  });

  test("a MAC that is the NIC's own", async () => {
    const mac = (await node.link("eth1"))?.address ?? "";
    const error = await refusal({ port: port(1, { mac }) });
    expect(error?.reason).toBe("device-in-use");
    expect(error?.message).toContain(`has the MAC ${mac} already and cannot carry a macvlan device with it`);
  });

  test("a MAC that another pod has", async () => {
    await attachTo(node, 2, pod2);
    const error = await refusal({ port: port(1, { mac: port(2).mac.toUpperCase() }) });
    expect(error?.reason).toBe("device-in-use");
    expect(error?.message).toContain(`has the MAC ${port(2).mac.toUpperCase()} already`);
    expect(await pings(pod2.netns, "10.9.0.102")).toBe(true);
  });

  test("a NIC in somebody else's bridge, a NIC taken by a macvlan in passthru mode", async () => {
    const alone = await network.addNode("mv-alone", node.options);
    const plug = { action: "plug", kind, port: port(1), pod: pod1 } as const;
    await alone.ip(
      "link add eth1 type veth peer name eth2",
      "link add br0 type bridge",
      "link set eth1 master br0",
    );
    expect((await alone.try(plug)).error).toMatchObject({
      reason: "device-in-use",
      message:
        "eth1, for the physical network physnet1, is a port of br0 and cannot carry macvlan devices; " +
        "take it out of br0 or correct plugin.physical_networks.physnet1",
    });
    await alone.ip("link del br0", "link add link eth1 name alone type macvlan mode passthru");
    const { error } = await alone.try(plug);
    expect(error?.reason).toBe("device-in-use");
    expect(error?.message).toContain(
      "has a macvlan device in passthru mode and cannot carry macvlan devices",
    );
  });

  test("a NIC that carries pods of the other kind, either way", async () => {
    const alone = await network.addNode("mv-both", { ...node.options, neutronAgent: "none" });
    await alone.ip("link add eth1 type veth peer name eth2");
    const bridged = { port: port(1), pod: pod1 };
    const direct = { kind, port: port(2), pod: pod2 };
    await alone.do({ action: "plug", ...bridged });
    const refused = await alone.try({ action: "plug", ...direct });
    expect(refused.error?.message).toContain(`is a port of ${BRIDGE} and cannot carry macvlan devices`);
    await alone.do({ action: "unplug", ...bridged });

    await alone.do({ action: "plug", ...direct });
    const { error } = await alone.try({ action: "plug", ...bridged });
    expect(error?.reason).toBe("device-in-use");
    expect(error?.message).toContain(`carries macvlan or ipvlan devices and cannot join ${BRIDGE}`);
    await alone.do({ action: "unplug", ...bridged });
    await alone.do({ action: "unplug", ...direct });
    expect(await alone.linkNames()).toEqual(["eth1", "eth2", "lo"]);
  });

  test("but not a bridge that a killed process has left", async () => {
    const alone = await network.addNode("mv-left", { ...node.options, neutronAgent: "none" });
    await alone.ip("link add eth1 type veth peer name eth2");
    await alone.do({ action: "plug", port: port(1), pod: pod1 });
    // The second change would be the first one to the bridge, after the pod's veth.
    expect((await alone.try({ action: "unplug", port: port(1), killBefore: 2 })).killed).toBe(true);
    expect(await alone.linkNames()).toContain(BRIDGE);
    await alone.do({ action: "plug", kind, port: port(2), pod: pod2 });
    expect(await alone.linkNames()).toEqual(["eth1", "eth2", "lo"]);
    await alone.do({ action: "unplug", kind, port: port(2), pod: pod2 });
  });
});

describe("a process killed before any of its changes", () => {
  const podIsEmpty = async () => {
    const links = await run(["nsenter", `--net=${pod1.netns}`, "ip", "-brief", "link"]);
    expect(links.trim().split("\n")).toHaveLength(1);
  };

  test("in plug leaves what unplug removes", async () => {
    const changes = await killEverywhere(
      node,
      { action: "plug", kind, port: port(1), pod: pod1 },
      async () => {
        await node.do({ action: "unplug", kind, port: port(1), pod: pod1 });
        await podIsEmpty();
      },
    );
    // The device and its name.
    expect(changes).toBe(2);
  });

  test("in plug leaves what another plug completes", async () => {
    await killEverywhere(node, { action: "plug", kind, port: port(1), pod: pod1 }, async () => {
      await attachTo(node, 1, pod1);
      expect(await pings(pod1.netns, "10.9.0.102")).toBe(true);
      await node.do({ action: "unplug", kind, port: port(1), pod: pod1 });
      await podIsEmpty();
    });
  });

  test("in unplug leaves what a repeated unplug removes", async () => {
    await attachTo(node, 1, pod1);
    const unplug = { action: "unplug", kind, port: port(1), pod: pod1 } as const;
    const changes = await killEverywhere(node, unplug, async () => {
      await node.do(unplug);
      await podIsEmpty();
      await attachTo(node, 1, pod1);
    });
    expect(changes).toBe(1);
  });
});

test("20 processes plug and unplug at once, and leave nothing", async () => {
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
  const pods = await Promise.all(numbers.map((number) => network.addPod(`mv-many${number}`)));
  const all = (action: "attach" | "unplug" | "churn") =>
    Promise.all(
      pods.map((pod, index) => {
        const number = index + 1;
        return node.do({ action, kind, port: port(number), pod, settings: settings(number), times: 5 });
      }),
    );
  const [first, last] = [pods[0] as PodEnd, pods[19] as PodEnd];
  await all("churn");
  await all("attach");
  expect(await pings(first.netns, "10.9.0.20")).toBe(true);
  expect(await pings(last.netns, "10.9.0.102")).toBe(true);
  await all("unplug");
  for (const pod of pods) expect(await podLink(pod)).toBeUndefined();
});

import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { inNamespace } from "../../../lab/layout.ts";
import { removeNamespace, setSysctls } from "../../../lab/namespaces.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { PodEnd } from "../../../src/wiring/wiring.ts";
import { killEverywhere } from "./kill.ts";
import { BRIDGE, type Node, pings, podLink, port, settings, TestNetwork, tap } from "./node.ts";
import { transfers } from "./transfer.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

let network: TestNetwork;
let node: Node;
let first: PodEnd;
let second: PodEnd;
let peer: PodEnd;

beforeAll(async () => {
  network = new TestNetwork();
  node = await network.addNode("park", { neutronAgent: "required", physicalNetworks: {} });
  first = { ...(await network.addPod("park-first")), owner: "skynet:first:eth0" };
  second = { ...(await network.addPod("park-second")), owner: "skynet:second:eth0" };
  peer = await network.addPod("park-peer");
  await node.do({ action: "attach", port: port(2), pod: peer, settings: settings(2) });
});

afterAll(() => network[Symbol.asyncDispose]());

/** What is left of the neighbour alone. */
const QUIET = [BRIDGE, "lo", tap(2)].sort();

afterEach(async () => {
  await node.do({ action: "unplug", port: port(1) });
  await node.do({ action: "tidy" });
  expect(await node.linkNames()).toEqual(QUIET);
});

const standIn = tap(1).replace("tap", "ski");
const podSide = tap(1).replace("tap", "skp");

const park = () => node.do({ action: "park", port: port(1) });
const isParked = () => node.do({ action: "isParked", port: port(1) });
/** As an ADD does it: the pod is in its place and configured, and the bridge forwards. */
async function takeOver(pod: PodEnd): Promise<void> {
  await node.do({ action: "takeOver", port: port(1), pod, settings: settings(1) });
  await waitFor("carrier", async () => (await node.do({ action: "carries", port: port(1) })) === true);
}
const vacate = (pod?: PodEnd) => node.do({ action: "vacate", port: port(1), ...(pod && { pod }) });
const reached = (seconds = 2) => pings(peer.netns, "10.9.0.1", [], seconds);

describe("a stand-in", () => {
  test("has the tap's place in the bridge, and nothing passes", async () => {
    expect(await isParked()).toBe(false);
    await park();
    await park();
    expect(await isParked()).toBe(true);
    expect(await node.link(tap(1))).toMatchObject({
      master: BRIDGE,
      mtu: 1450,
      address: "fe:16:3e:00:00:01",
    });
    expect((await node.link(standIn))?.flags).not.toContain("UP");
    expect(await node.do({ action: "check", port: port(1) })).toEqual([]);
  });

  test("of a namespace that is removed before the pod is unplugged is mended", async () => {
    const pod = await network.addPod("park-gone");
    await park();
    await takeOver(pod);
    await removeNamespace(pod.netns.replace("/run/netns/", ""));
    await waitFor("the pod's side to go", async () => (await node.link(podSide)) === undefined);
    expect(await reached(1)).toBe(false);
    await vacate(pod);
    expect((await node.link(standIn))?.flags).not.toContain("UP");
    await takeOver(first);
    expect(await reached()).toBe(true);
  });

  test("gives way to a pod, comes back when it goes, and gives way to the next", async () => {
    await park();
    const index = await tapIndex();
    for (const pod of [first, second, first]) {
      await takeOver(pod);
      expect(await isParked()).toBe(false);
      expect(await podLink(pod)).toMatchObject({ operstate: "UP", mtu: 1450, address: "fa:16:3e:00:00:01" });
      expect(await reached()).toBe(true);
      expect(await pings(pod.netns, "fd09::2")).toBe(true);
      expect(await pings(pod.netns, "10.9.0.2", ["-M", "do", "-s", "1422"])).toBe(true);
      expect(await node.do({ action: "carries", port: port(1) })).toBe(true);
      expect(await node.do({ action: "check", port: port(1) })).toEqual([]);
      await vacate(pod);
      expect(await isParked()).toBe(true);
      expect(await reached(1)).toBe(false);
      expect(await node.do({ action: "exists", pod })).toBe(false);
    }
    expect(await tapIndex()).toBe(index);
  });
});

test("a pod in a stand-in's place gives and takes TCP with the offloads that its kernel likes", async () => {
  await park();
  await takeOver(first);
  expect(await transfers(first.netns, peer.netns, "10.9.0.2")).toBe(true);
  expect(await transfers(peer.netns, first.netns, "10.9.0.1")).toBe(true);
});

test("what a pod writes on its packets for its own kernel does not reach the node's filters", async () => {
  await setSysctls(node.namespace, { "net.bridge.bridge-nf-call-iptables": 1 });
  const iptables = (...words: string[]) => run(inNamespace(node.namespace, ["iptables", ...words]));
  // As kube-proxy accepts what it has marked, before any other rule.
  await iptables("-P", "FORWARD", "DROP");
  await iptables("-A", "FORWARD", "-d", "10.9.0.1", "-j", "ACCEPT");
  await iptables("-A", "FORWARD", "-m", "mark", "--mark", "0x4000/0x4000", "-j", "ACCEPT");
  try {
    await park();
    await takeOver(first);
    expect(await pings(first.netns, "10.9.0.2", ["-m", String(0x4000)], 1)).toBe(false);
    await iptables("-P", "FORWARD", "ACCEPT");
    expect(await pings(first.netns, "10.9.0.2", ["-m", String(0x4000)], 1)).toBe(true);
  } finally {
    await iptables("-P", "FORWARD", "ACCEPT");
    await iptables("-F", "FORWARD");
    await setSysctls(node.namespace, { "net.bridge.bridge-nf-call-iptables": 0 });
  }
});

describe("occupy", () => {
  test("refuses where no stand-in is, or another pod", async () => {
    const occupy = () => node.try({ action: "occupy", port: port(1), pod: second });
    expect((await occupy()).error).toMatchObject({ reason: "not-parked" });
    await park();
    await takeOver(first);
    expect((await occupy()).error).toMatchObject({
      reason: "not-parked",
      message: expect.stringContaining(`${podSide} is there for skynet:first:eth0`),
    });
    await park();
    expect(await reached()).toBe(true);
  });

  test("refuses an interface that the pod has, and leaves the stand-in", async () => {
    await park();
    const { error } = await node.try({ action: "occupy", port: port(1), pod: peer });
    expect(error).toMatchObject({ reason: "interface-exists" });
    expect(await isParked()).toBe(true);
  });

  test("refuses a namespace that is gone, and leaves the stand-in", async () => {
    await park();
    const pod = { netns: "/run/netns/none", ifname: "eth0" };
    const { error } = await node.try({ action: "occupy", port: port(1), pod });
    expect(error).toMatchObject({ name: "NamespaceError", reason: "missing" });
    expect(await isParked()).toBe(true);
  });

  test("lets nothing pass until the pod's end is configured", async () => {
    await park();
    await node.do({ action: "occupy", port: port(1), pod: first });
    await pings(peer.netns, "10.9.0.255", ["-b"], 1);
    expect(await podLink(first)).toMatchObject({
      operstate: "DOWN",
      mtu: 1450,
      address: "fa:16:3e:00:00:01",
    });
    expect((await podLink(first))?.stats64).toMatchObject({ rx: { packets: 0 }, tx: { packets: 0 } });
    expect(await node.do({ action: "carries", port: port(1) })).toBe(false);
  });

  test("gives the node no address on the port's network, nor anything to say there", async () => {
    await park();
    await takeOver(first);
    const address = "10.77.0.1";
    await node.ip(`address add ${address}/32 dev lo`);
    // Whoever hears this question and has the address answers it, on whatever link it came.
    await run(["nsenter", `--net=${peer.netns}`, "ip", "route", "add", `${address}/32`, "dev", "eth0"]);
    await pings(peer.netns, address, [], 1);
    for (const name of [standIn, podSide]) expect((await node.link(name))?.addr_info).toEqual([]);
    expect((await node.link(standIn))?.stats64?.rx.packets).toBeGreaterThan(0);
    expect((await node.link(standIn))?.stats64?.tx.packets).toBe(0);
    await node.ip(`address del ${address}/32 dev lo`);
  });

  test("is undone by unplug, whatever of it there is, and by unplugPort and unplugHostEnd", async () => {
    for (const action of ["unplug", "unplugPort", "unplugHostEnd"] as const) {
      await park();
      await takeOver(first);
      await node.do({ action, port: port(1) });
      expect(await node.linkNames()).toEqual(QUIET);
      expect(await node.do({ action: "exists", pod: first })).toBe(false);
    }
  });
});

describe("a process that is killed", () => {
  test("in park leaves what park mends, and unplug removes", async () => {
    const recover = async () => {
      await park();
      expect(await isParked()).toBe(true);
      await node.do({ action: "unplug", port: port(1) });
      expect(await node.linkNames()).toEqual(QUIET);
    };
    expect(await killEverywhere(node, { action: "park", port: port(1) }, recover)).toBeGreaterThan(2);
  });

  test("in park leaves what unplug removes", async () => {
    const recover = async () => {
      await node.do({ action: "unplug", port: port(1) });
      expect(await node.linkNames()).toEqual(QUIET);
    };
    await killEverywhere(node, { action: "park", port: port(1) }, recover);
  });

  test("in occupy leaves nothing through, what vacate mends, and what unplug removes", async () => {
    await park();
    const occupy = { action: "occupy", port: port(1), pod: first } as const;
    const mend = async () => {
      expect(await reached(1)).toBe(false);
      await vacate(first);
      expect(await isParked()).toBe(true);
      expect(await node.do({ action: "exists", pod: first })).toBe(false);
    };
    expect(await killEverywhere(node, occupy, mend)).toBe(3);
    await killEverywhere(node, occupy, async () => {
      await node.do({ action: "unplug", port: port(1) });
      expect(await node.linkNames()).toEqual(QUIET);
      await park();
    });
    await takeOver(second);
    expect(await reached()).toBe(true);
  });

  test("in unplug leaves what unplug completes", async () => {
    const taken = async () => {
      await park();
      await takeOver(first);
    };
    await taken();
    const step = { action: "unplug", port: port(1), pod: first } as const;
    const complete = async () => {
      await node.do(step);
      expect(await node.linkNames()).toEqual(QUIET);
      await taken();
    };
    expect(await killEverywhere(node, step, complete)).toBe(2);
  });

  test("in sweep leaves what sweep, or unplug, completes", async () => {
    const step = { action: "sweep", inUse: [port(2)] } as const;
    await park();
    await takeOver(first);
    for (const completing of [step, { action: "unplug", port: port(1) } as const]) {
      const complete = async () => {
        await node.do(completing);
        expect(await node.linkNames()).toEqual(QUIET);
        await park();
        await takeOver(first);
      };
      expect(await killEverywhere(node, step, complete)).toBe(2);
    }
  });

  test("in vacate of a pod that was plugged straight in leaves what vacate completes, and unplug removes", async () => {
    const plugged = () => node.do({ action: "attach", port: port(1), pod: first, settings: settings(1) });
    const step = { action: "vacate", port: port(1), pod: first } as const;
    await plugged();
    const complete = async () => {
      await vacate(first);
      expect(await isParked()).toBe(true);
      expect(await node.do({ action: "exists", pod: first })).toBe(false);
      await node.do({ action: "unplug", port: port(1) });
      await plugged();
      expect(await reached()).toBe(true);
    };
    expect(await killEverywhere(node, step, complete)).toBeGreaterThan(4);
    await killEverywhere(node, step, async () => {
      await node.do({ action: "unplug", port: port(1) });
      await node.do({ action: "tidy" });
      expect(await node.linkNames()).toEqual(QUIET);
      await plugged();
    });
  });

  test("in vacate leaves what vacate completes", async () => {
    const taken = async () => {
      await park();
      await takeOver(first);
    };
    await taken();
    const recover = async () => {
      await vacate(first);
      expect(await isParked()).toBe(true);
      expect(await reached(1)).toBe(false);
      await taken();
      expect(await reached()).toBe(true);
    };
    expect(await killEverywhere(node, { action: "vacate", port: port(1), pod: first }, recover)).toBe(2);
  });
});

test("the node tells whose its hosts' ends are", async () => {
  const third = { ...(await network.addPod("park-third")), owner: "skynet:third:eth0" };
  const neighbour = { name: tap(2), parked: false };
  await node.do({ action: "plug", port: port(1), pod: third });
  expect(await node.do({ action: "hostEnds" })).toEqual([
    neighbour,
    { name: tap(1), parked: false, owner: third.owner },
  ]);
  await node.do({ action: "unplug", port: port(1) });
  await park();
  expect(await node.do({ action: "hostEnds" })).toEqual([neighbour, { name: tap(1), parked: true }]);
  await takeOver(first);
  expect(await node.do({ action: "hostEnds" })).toEqual([
    neighbour,
    { name: tap(1), parked: false, owner: "skynet:first:eth0" },
  ]);
  await vacate(first);
  expect(await node.do({ action: "hostEnds" })).toEqual([neighbour, { name: tap(1), parked: true }]);
});

test("sweep spares stand-ins and pods in use, and removes the rest with all that was put aside", async () => {
  const inUse = [port(1), port(2)];
  await park();
  expect(await node.do({ action: "sweep", inUse })).toEqual([]);
  expect(await isParked()).toBe(true);
  await takeOver(first);
  expect(await node.do({ action: "sweep", inUse })).toEqual([]);
  expect(await reached()).toBe(true);
  await vacate(first);
  expect(await node.do({ action: "sweep", inUse: [port(2)] })).toEqual([tap(1)]);
  expect(await node.linkNames()).toEqual(QUIET);
});

test("a pod's side whose tap somebody else has removed is off the network, and is swept", async () => {
  await park();
  await takeOver(first);
  await node.ip(`link del ${tap(1)}`);
  expect(await reached(1)).toBe(false);
  await node.do({ action: "sweep", inUse: [port(2)] });
  expect(await node.linkNames()).toEqual(QUIET);
});

test("check tells what is damaged between the tap and the pod", async () => {
  const problems = () => node.do({ action: "check", port: port(1) });
  const tc = (...words: string[]) => run(["tc", "-n", node.namespace, ...words]);
  await park();
  await takeOver(first);
  expect(await problems()).toEqual([]);
  await tc("filter", "del", "dev", standIn, "ingress");
  await tc("qdisc", "del", "dev", podSide, "clsact");
  await node.ip(`link set ${podSide} down`);
  expect(await problems()).toEqual([
    `what comes in on ${standIn} is not redirected to ${podSide}`,
    `the device ${podSide} is down`,
    `what comes in on ${podSide} is not redirected to ${tap(1)}`,
  ]);
  await vacate(first);
  await takeOver(first);
  expect(await problems()).toEqual([]);
  expect(await reached()).toBe(true);
});

test("tidy deletes what was put aside, and nothing of others", async () => {
  await park();
  await takeOver(first);
  await vacate(first);
  await node.ip("link add foreign type veth peer name far", "link set foreign group 94094");
  await node.do({ action: "tidy" });
  expect(await node.linkNames()).toEqual([...QUIET, "far", "foreign", standIn, tap(1)].sort());
  await node.ip("link del foreign");
  await takeOver(first);
  await vacate(first);
  await node.do({ action: "tidy" });
  expect(await node.linkNames()).toEqual([...QUIET, standIn, tap(1)].sort());
});

test("without Neutron's agent no port is wired ahead of its pod", async () => {
  const options = { ...node.options, neutronAgent: "none", physicalNetworks: { physnet1: "eth1" } } as const;
  const { error } = await node.try({ action: "park", port: port(1), options });
  expect(error?.message).toContain("needs a kind of wiring that parks");
});

/** What Neutron's agent tells devices by. */
async function tapIndex(): Promise<unknown> {
  return ((await node.link(tap(1))) as unknown as { ifindex: number }).ifindex;
}

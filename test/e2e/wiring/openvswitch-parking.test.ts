import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { removeNamespace } from "../../../lab/namespaces.ts";
import { startTaggingAgent } from "../../../lab/openvswitch/tagging-agent.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { PodEnd, PortFacts } from "../../../src/wiring/wiring.ts";
import { killEverywhere } from "./kill.ts";
import { type Node, pings, podLink, port, settings, TestNetwork, tap } from "./node.ts";
import { reachOfNode } from "./node-reach.ts";
import { SwitchNode } from "./openvswitch-node.ts";
import { transfers } from "./transfer.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

const kind = "openvswitch";

let network: TestNetwork;
let ovs: SwitchNode;
let node: Node;
let stopAgent: () => Promise<void>;
let first: PodEnd;
let second: PodEnd;
let peer: PodEnd;
/** The node's links with the neighbour's alone. */
let quiet: string[];

beforeAll(async () => {
  network = new TestNetwork();
  ovs = await SwitchNode.add(network, "opark", { neutronAgent: "required", physicalNetworks: {} });
  node = ovs.node;
  await ovs.addBridge("br-int");
  stopAgent = await startTaggingAgent(node.options.ovsdb ?? "");
  first = { ...(await network.addPod("opark-first")), owner: "skynet:first:eth0" };
  second = { ...(await network.addPod("opark-second")), owner: "skynet:second:eth0" };
  peer = await network.addPod("opark-peer");
  await node.do({ kind, action: "attach", port: port(2), pod: peer, settings: settings(2) });
  await node.do({ kind, action: "ready", port: port(2) });
  quiet = await node.linkNames();
});

afterAll(async () => {
  await stopAgent?.();
  await ovs?.[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

afterEach(async () => {
  await unplug();
  await node.do({ kind, action: "tidy" });
  await expectQuiet();
});

async function expectQuiet() {
  expect(await node.linkNames()).toEqual(quiet);
  expect(await ovs.ports("br-int")).toEqual([tap(2)]);
}

const standIn = tap(1).replace("tap", "ski");

const park = () => node.do({ kind, action: "park", port: port(1) });
const isParked = () => node.do({ kind, action: "isParked", port: port(1) });
const ready = () => node.do({ kind, action: "ready", port: port(1) });
const takeOver = (pod: PodEnd) =>
  node.do({ kind, action: "takeOver", port: port(1), pod, settings: settings(1) });
const occupy = (pod: PodEnd) => node.try({ kind, action: "occupy", port: port(1), pod });
const vacate = (pod?: PodEnd) => node.do({ kind, action: "vacate", port: port(1), ...(pod && { pod }) });
const unplug = () => node.do({ kind, action: "unplug", port: port(1) });
const check = () => node.do({ kind, action: "check", port: port(1) });
const reached = (seconds = 2) => pings(peer.netns, "10.9.0.1", [], seconds);
const get = (table: string, column: string) => ovs.vsctl("get", table, tap(1), column);

/** What Neutron's agent knows a port by: none of it may change. */
const identity = async () => [
  await get("Port", "_uuid"),
  await get("Port", "tag"),
  await get("Interface", "_uuid"),
  await get("Interface", "ofport"),
  await get("Interface", "ifindex"),
];

/** A parked port that the agent has wired. */
async function parked(): Promise<void> {
  await park();
  await ready();
}

describe("a stand-in", () => {
  test("is plugged in as a pod is, nothing passes, and it is skynet's", async () => {
    expect(await isParked()).toBe(false);
    await parked();
    await park();
    expect(await isParked()).toBe(true);
    expect(await get("Interface", "external_ids")).toContain(`iface-id="${port(1).portId}"`);
    expect(await get("Port", "external_ids")).toBe(`{skynet="${port(1).portId}"}`);
    expect((await node.link(standIn))?.flags).not.toContain("UP");
    expect(await check()).toEqual([]);
  });

  test("gives way to a pod, comes back when it goes, and the switch notices nothing", async () => {
    await parked();
    const before = await identity();
    for (const pod of [first, second, first]) {
      await takeOver(pod);
      expect(await isParked()).toBe(false);
      expect(await podLink(pod)).toMatchObject({ operstate: "UP", mtu: 1450, address: port(1).mac });
      expect(await reached()).toBe(true);
      expect(await pings(pod.netns, "fd09::2")).toBe(true);
      expect(await pings(pod.netns, "10.9.0.2", ["-M", "do", "-s", "1422"])).toBe(true);
      expect(await transfers(pod.netns, peer.netns, "10.9.0.2")).toBe(true);
      expect(await transfers(peer.netns, pod.netns, "10.9.0.1")).toBe(true);
      expect(await node.do({ kind, action: "carries", port: port(1) })).toBe(true);
      expect(await check()).toEqual([]);
      await vacate(pod);
      expect(await isParked()).toBe(true);
      expect(await reached(1)).toBe(false);
    }
    expect(await identity()).toEqual(before);
  });

  test("of a namespace that is removed before the pod is unplugged stays plugged in", async () => {
    const pod = await network.addPod("opark-gone");
    await parked();
    const before = await identity();
    await takeOver(pod);
    await removeNamespace(pod.netns.replace("/run/netns/", ""));
    await waitFor("the pod's side to go", async () => (await node.linkNames()).length === quiet.length + 2);
    expect(await reached(1)).toBe(false);
    await vacate(pod);
    expect(await identity()).toEqual(before);
    await takeOver(first);
    expect(await reached()).toBe(true);
  });

  test("comes in place of a pod that was plugged straight in", async () => {
    await node.do({ kind, action: "attach", port: port(1), pod: first, settings: settings(1) });
    expect(await isParked()).toBe(false);
    await park();
    expect(await reached()).toBe(true);
    await vacate(first);
    expect(await node.do({ kind, action: "exists", pod: first })).toBe(false);
    expect(await isParked()).toBe(true);
    await ready();
    await takeOver(second);
    expect(await reached()).toBe(true);
  });

  test.each([
    ["the rows", () => ovs.vsctl("del-port", tap(1))],
    ["the devices", () => node.ip(`link del ${tap(1)}`)],
  ] as const)("is mended when somebody has removed %s", async (_, remove) => {
    await parked();
    await remove();
    await waitFor("it to be seen", async () => !(await isParked()));
    expect((await occupy(first)).error).toMatchObject({ reason: "not-parked" });
    await park();
    await ready();
    await takeOver(first);
    expect(await reached()).toBe(true);
  });
});

describe("occupy", () => {
  test("lets nothing pass until the pod's end is configured", async () => {
    await parked();
    expect((await occupy(first)).error).toBeUndefined();
    await pings(peer.netns, "10.9.0.255", ["-b"], 1);
    expect(await podLink(first)).toMatchObject({ operstate: "DOWN", mtu: 1450, address: port(1).mac });
    expect((await podLink(first))?.stats64).toMatchObject({ rx: { packets: 0 }, tx: { packets: 0 } });
  });

  test("leaves the node's own network out of the pod's reach", async () => {
    await parked();
    await takeOver(first);
    expect(await reached()).toBe(true);
    expect(await reachOfNode(node, first, tap(1))).toEqual([]);
  });

  test("refuses where no stand-in is, or another pod", async () => {
    expect((await occupy(second)).error).toMatchObject({ reason: "not-parked" });
    await parked();
    await takeOver(first);
    expect((await occupy(second)).error).toMatchObject({ reason: "not-parked" });
    expect(await reached()).toBe(true);
  });

  test("refuses an interface that the pod has, and leaves the stand-in", async () => {
    await parked();
    expect((await occupy(peer)).error).toMatchObject({ reason: "interface-exists" });
    expect(await isParked()).toBe(true);
  });

  test.each(["unplug", "unplugPort", "unplugHostEnd"] as const)("is undone by %s", async (action) => {
    await parked();
    await takeOver(first);
    await node.do({ kind, action, port: port(1) });
    await expectQuiet();
    expect(await node.do({ kind, action: "exists", pod: first })).toBe(false);
  });
});

describe("a process that is killed", () => {
  test("in park leaves what park mends, and unplug removes", async () => {
    await killEverywhere(node, { kind, action: "park", port: port(1) }, async () => {
      await unplug();
      await expectQuiet();
    });
    const changes = await killEverywhere(node, { kind, action: "park", port: port(1) }, async () => {
      await parked();
      expect(await isParked()).toBe(true);
      await takeOver(first);
      expect(await reached()).toBe(true);
      await unplug();
    });
    expect(changes).toBeGreaterThan(2);
  });

  test("in occupy leaves nothing through, what vacate mends, and what unplug removes", async () => {
    await parked();
    const before = await identity();
    const step = { kind, action: "occupy", port: port(1), pod: first } as const;
    const changes = await killEverywhere(node, step, async () => {
      expect(await reached(1)).toBe(false);
      await vacate(first);
      expect(await isParked()).toBe(true);
    });
    expect(changes).toBe(3);
    expect(await identity()).toEqual(before);
    await killEverywhere(node, step, async () => {
      await unplug();
      await expectQuiet();
      await parked();
    });
  });

  test("in vacate leaves what vacate completes", async () => {
    await parked();
    await takeOver(first);
    await killEverywhere(node, { kind, action: "vacate", port: port(1), pod: first }, async () => {
      await vacate(first);
      expect(await isParked()).toBe(true);
      expect(await reached(1)).toBe(false);
      await takeOver(first);
      expect(await reached()).toBe(true);
    });
  });
});

describe("while the switch is away", () => {
  test("vacate takes the pod off the network, and says that the rest is to be done later", async () => {
    await parked();
    await takeOver(first);
    await ovs.database.whileFrozen(async () => {
      const step = { kind, action: "vacate", port: port(1), pod: first } as const;
      expect((await node.try(step)).error).toMatchObject({ reason: "switch-unreachable" });
    });
    expect(await reached(1)).toBe(false);
    await vacate(first);
    await takeOver(second);
    expect(await reached()).toBe(true);
  });

  test("occupy says so, and leaves the stand-in", async () => {
    await parked();
    await ovs.database.whileFrozen(async () => {
      expect((await occupy(first)).error).toMatchObject({ reason: "switch-unreachable" });
    });
    expect(await isParked()).toBe(true);
  });

  test("a parked port survives that ovs-vswitchd is started anew", async () => {
    await parked();
    await ovs.vswitchd.whileStopped(async () => undefined);
    await park();
    await takeOver(first);
    await waitFor("an answer", () => reached(1), { timeout: 20_000 });
  });
});

test("the node tells whose its hosts' ends are", async () => {
  const neighbour = { name: tap(2), parked: false };
  const hostEnds = () => node.do({ kind, action: "hostEnds" });
  await node.do({ kind, action: "plug", port: port(1), pod: first });
  expect(await hostEnds()).toEqual([neighbour, { name: tap(1), parked: false, owner: "skynet:first:eth0" }]);
  await unplug();
  await parked();
  expect(await hostEnds()).toEqual([neighbour, { name: tap(1), parked: true }]);
  await takeOver(second);
  expect(await hostEnds()).toEqual([neighbour, { name: tap(1), parked: false, owner: "skynet:second:eth0" }]);
});

test("sweep spares stand-ins and pods in use, and removes the rest with all that was put aside", async () => {
  const sweep = (inUse: PortFacts[]) => node.do({ kind, action: "sweep", inUse });
  await parked();
  expect(await sweep([port(1), port(2)])).toEqual([]);
  expect(await isParked()).toBe(true);
  await takeOver(first);
  expect(await sweep([port(1), port(2)])).toEqual([]);
  expect(await reached()).toBe(true);
  await vacate(first);
  expect(await sweep([port(2)])).toEqual([tap(1)]);
  await expectQuiet();
});

test.each([
  ["OVN wires them", { binding: { vifType: "ovs", details: { connectivity: "l2", port_filter: true } } }, {}],
  ["nobody does", {}, { neutronAgent: "none", physicalNetworks: { physnet1: "eth1" } }],
] as const)("ports are not wired ahead of their pods where %s", async (_, facts, options) => {
  const step = {
    kind,
    action: "park",
    port: port(1, facts),
    options: { ...node.options, ...options },
  } as const;
  expect((await node.try(step)).error?.message).toContain("needs a kind of wiring that parks");
});

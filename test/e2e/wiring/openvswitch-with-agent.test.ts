import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { inNamespace } from "../../../lab/layout.ts";
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
let pods: PodEnd[];
/** The node's links without any pod's. */
let untouched: string[];

beforeAll(async () => {
  network = new TestNetwork();
  ovs = await SwitchNode.add(network, "ovs", { neutronAgent: "required", physicalNetworks: {} });
  node = ovs.node;
  await ovs.addBridge("br-int");
  await ovs.vsctl("add-port", "br-int", "foreign", "--", "set", "interface", "foreign", "type=internal");
  pods = [];
  for (const number of [1, 2]) pods.push(await network.addPod(`ovs-pod${number}`));
  untouched = await node.linkNames();
});

afterAll(async () => {
  await ovs?.[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

afterEach(async () => {
  for (const number of [1, 2]) await node.do({ kind, action: "unplug", port: port(number) });
  await expectNothingLeft();
});

async function expectNothingLeft() {
  expect(await node.linkNames()).toEqual(untouched);
  expect(await ovs.ports("br-int")).toEqual(["foreign"]);
}

const podOf = (number: number) => pods[number - 1] as PodEnd;
const plug = (number: number, facts: Partial<PortFacts> = {}) =>
  node.do({ kind, action: "plug", port: port(number, facts), pod: podOf(number) });
const tryPlug = (number: number, facts: Partial<PortFacts> = {}) =>
  node.try({ kind, action: "plug", port: port(number, facts), pod: podOf(number) });
const attach = (number: number) =>
  node.do({ kind, action: "attach", port: port(number), pod: podOf(number), settings: settings(number) });
const unplug = (number: number) => node.do({ kind, action: "unplug", port: port(number) });
const get = (table: string, record: string, column: string) => ovs.vsctl("get", table, record, column);

describe("plug", () => {
  test("two pods on a node reach each other at once, with full packets and with TCP", async () => {
    await attach(1);
    await attach(2);
    expect(await pings(podOf(1).netns, "fd09::2")).toBe(true);
    expect(await pings(podOf(1).netns, "10.9.0.2", ["-M", "do", "-s", "1422"])).toBe(true);
    expect(await transfers(podOf(1).netns, podOf(2).netns, "10.9.0.2")).toBe(true);
    expect(await node.do({ kind, action: "check", port: port(1) })).toEqual([]);
  });

  test("the port has what Neutron's agent and OVN's controller know it by, and skynet's mark", async () => {
    await plug(1);
    const { portId, mac } = port(1);
    expect(await get("Interface", tap(1), "external_ids")).toBe(
      `{attached-mac="${mac}", iface-id="${portId}", iface-status=active}`,
    );
    expect(await get("Port", tap(1), "external_ids")).toBe(`{skynet="${portId}"}`);
    expect(Number(await get("Interface", tap(1), "ofport"))).toBeGreaterThan(0);
    expect(await node.link(tap(1))).toMatchObject({ mtu: 1450, address: "fe:16:3e:00:00:01" });
  });

  test("the pod's end has its name, MAC and MTU, is down, and neither sends nor receives", async () => {
    await attach(2);
    await plug(1);
    expect(await podLink(podOf(1))).toMatchObject({ operstate: "DOWN", mtu: 1450, address: port(1).mac });
    await pings(podOf(2).netns, "10.9.0.255", ["-b"], 1);
    expect((await podLink(podOf(1)))?.stats64).toMatchObject({ rx: { packets: 0 }, tx: { packets: 0 } });
  });

  test("the node's own network is out of the pod's reach", async () => {
    await attach(1);
    expect(await reachOfNode(node, podOf(1), tap(1))).toEqual([]);
    // With the kernel's datapath nothing has to be set for that.
    if (!ovs.datapath.endsWith("netdev")) return;
    for (const [setting, value] of [
      ["ipv4", "arp_ignore=0"],
      ["ipv4", "rp_filter=0"],
      ["ipv6", "disable_ipv6=0"],
    ]) {
      await run(inNamespace(node.namespace, ["sysctl", "-q", `net.${setting}.conf.${tap(1)}.${value}`]));
    }
    expect(await reachOfNode(node, podOf(1), tap(1))).toEqual(["arp", "IPv4", "IPv6"]);
  });

  test("the bridge is the one that Neutron's binding names", async () => {
    await ovs.addBridge("br-other");
    const binding = { vifType: "ovs", details: { bridge_name: "br-other" } };
    await plug(1, { binding });
    expect(await ovs.ports("br-other")).toEqual([tap(1)]);
    expect(await node.do({ kind, action: "check", port: port(1, { binding }) })).toEqual([]);
    await ovs.vsctl("del-br", "br-other");
  });

  test("a bridge that is not there is named, and nothing is made", async () => {
    const { error } = await tryPlug(1, { binding: { vifType: "ovs", details: { bridge_name: "br-none" } } });
    expect(error).toMatchObject({ name: "WiringError", reason: "switch-refused" });
    expect(error?.message).toStartWith("Open vSwitch has no bridge br-none on this node");
    await expectNothingLeft();
  });

  test("a binding that wants a Linux bridge in between is refused", async () => {
    const { error } = await tryPlug(1, { binding: { vifType: "ovs", details: { ovs_hybrid_plug: true } } });
    expect(error).toMatchObject({ reason: "unsupported-binding" });
    expect(error?.message).toContain("set firewall_driver = openvswitch");
  });

  test("what an earlier attempt for the same port left is replaced, and carries", async () => {
    await attach(2);
    await attach(1);
    await attach(1);
    expect(await pings(podOf(2).netns, "10.9.0.1")).toBe(true);
  });

  test("a port goes and comes under the same name, and carries each time", async () => {
    await attach(2);
    for (let turn = 0; turn < 5; turn++) {
      await attach(1);
      expect(await pings(podOf(2).netns, "10.9.0.1")).toBe(true);
      await unplug(1);
    }
  });

  test("a port that was removed is not made anew before ovs-vswitchd has let go of the old device", async () => {
    await attach(2);
    await attach(1);
    const remaining = (await node.linkNames()).filter((name) => name !== tap(1));
    await ovs.vswitchd.whileFrozen(async () => {
      await unplug(1);
      expect((await tryPlug(1)).error).toMatchObject({ reason: "switch-unreachable" });
      // The kernel's datapath lets go by itself.
      if (ovs.datapath.endsWith("netdev")) expect(await node.linkNames()).toEqual(remaining);
    });
    await attach(1);
    expect(await pings(podOf(2).netns, "10.9.0.1")).toBe(true);
  });

  test("a port of that name that is not skynet's is left alone", async () => {
    await ovs.vsctl("add-port", "br-int", tap(1), "--", "set", "interface", tap(1), "type=internal");
    const { error } = await tryPlug(1);
    expect(error).toMatchObject({ reason: "device-in-use" });
    expect(error?.message).toContain(`ovs-vsctl del-port ${tap(1)}`);
    for (const action of ["unplug", "unplugPort", "unplugHostEnd"] as const) {
      await node.do({ kind, action, port: port(1) });
    }
    expect(await node.do({ kind, action: "sweep" })).toEqual([]);
    expect(await ovs.ports("br-int")).toEqual(["foreign", tap(1)]);
    await ovs.vsctl("del-port", tap(1));
  });

  test("an interface the pod has already is an error, and nothing is left", async () => {
    await plug(1);
    const { error } = await node.try({ kind, action: "plug", port: port(2), pod: podOf(1) });
    expect(error).toMatchObject({ reason: "interface-exists" });
    expect(await ovs.ports("br-int")).toEqual(["foreign", tap(1)]);
  });
});

describe("ready", () => {
  const ready = () => node.do({ kind, action: "ready", port: port(1) });

  test("waits for the VLAN that Neutron's agent gives, past the one for dead ports, and asks Neutron then", async () => {
    await plug(1);
    const waiting = ready();
    let ended = false;
    waiting.then(() => {
      ended = true;
    });
    await ovs.vsctl("set", "port", tap(1), "tag=4095");
    expect(await node.do({ kind, action: "check", port: port(1) })).toEqual([
      `Neutron's agent keeps ${tap(1)} off the network (tag 4095)`,
    ]);
    expect(ended).toBe(false);
    await ovs.vsctl("set", "port", tap(1), "tag=1");
    expect(await waiting).toBe("ask-neutron");
    expect(await ready()).toBe("ask-neutron");
  });

  test("is told by OVN's controller", async () => {
    await plug(1);
    const waiting = ready();
    await ovs.vsctl("set", "interface", tap(1), "external_ids:ovn-installed=true");
    expect(await waiting).toBe("ready");
  });

  test("ends when the port is removed meanwhile, or the database goes away", async () => {
    await plug(1);
    const removed = node.try({ kind, action: "ready", port: port(1) });
    await unplug(1);
    expect((await removed).error).toMatchObject({ reason: "switch-refused" });

    await plug(1);
    const cut = node.try({ kind, action: "ready", port: port(1) });
    await ovs.database.whileStopped(async () => {
      expect((await cut).error).toMatchObject({ reason: "switch-unreachable" });
    });
  });
});

describe("unplug", () => {
  test("may be repeated, without a pod, and after the pod's namespace is gone", async () => {
    const pod = await network.addPod("ovs-gone");
    await node.do({ kind, action: "plug", port: port(1), pod });
    await node.do({
      kind,
      action: "unplug",
      port: port(1),
      pod: { netns: "/run/netns/none", ifname: "eth0" },
    });
    await unplug(1);
    await expectNothingLeft();
  });

  test.each(["unplugPort", "unplugHostEnd"] as const)("%s needs no plan", async (action) => {
    await attach(1);
    await node.do({ kind, action, port: port(1) });
    await expectNothingLeft();
  });

  test("removes the rows of a port whose devices went with the pod", async () => {
    await attach(1);
    await node.do({ kind, action: "deletePodEnd", pod: podOf(1) });
    await unplug(1);
    await expectNothingLeft();
  });
});

test("sweep removes what no plan accounts for, and nothing that is not skynet's", async () => {
  await attach(1);
  await attach(2);
  await node.do({ kind, action: "deletePodEnd", pod: podOf(1) });
  expect(await node.do({ kind, action: "sweep", inUse: [port(2)] })).toEqual([tap(1)]);
  expect(await ovs.ports("br-int")).toEqual(["foreign", tap(2)]);
  expect(await node.do({ kind, action: "sweep" })).toEqual([tap(2)]);
});

test("check tells what is damaged", async () => {
  const problems = () => node.do({ kind, action: "check", port: port(1) });
  await attach(1);
  await node.ip(`link set ${tap(1)} down`);
  await ovs.vsctl("set", "interface", tap(1), "external_ids:iface-id=other");
  expect(await problems()).toEqual([
    `the device ${tap(1)} is down`,
    `external_ids:iface-id of the interface ${tap(1)} is other, not ${port(1).portId}`,
  ]);
  await ovs.vsctl("del-port", tap(1));
  expect(await problems()).toEqual([
    `the device ${tap(1)} is down`,
    `the port ${tap(1)} is missing from Open vSwitch`,
  ]);
  await ovs.addBridge("br-other");
  await ovs.vsctl("add-port", "br-other", tap(1));
  await node.ip(`link del ${tap(1)}`);
  expect(await problems()).toEqual(
    expect.arrayContaining([
      `the device ${tap(1)} is missing`,
      `the port ${tap(1)} is not in the bridge br-int`,
      `the port ${tap(1)} of Open vSwitch is not skynet's`,
    ]),
  );
  await ovs.vsctl("del-br", "br-other");
});

describe("daemons that are away or hang", () => {
  const problems = () => node.do({ kind, action: "problems" });

  test.each([
    ["whileStopped", "cannot be reached"],
    ["whileFrozen", "did not answer within 2.5 s"],
  ] as const)(
    "the database, %s: plug makes nothing, unplug takes the pod off and says so",
    async (away, text) => {
      await attach(1);
      await attach(2);
      await ovs.database[away](async () => {
        const { error } = await node.try({ kind, action: "unplug", port: port(1) });
        expect(error).toMatchObject({ name: "WiringError", reason: "switch-unreachable" });
        expect(error?.message).toContain(text);
        expect(await node.link(tap(1))).toBeUndefined();
        expect((await tryPlug(1)).error).toMatchObject({ reason: "switch-unreachable" });
        expect(await node.link(tap(1))).toBeUndefined();
        const sweep = await node.try({ kind, action: "sweep", inUse: [port(2)] });
        expect(sweep.error).toMatchObject({ reason: "switch-unreachable" });
        expect(await problems()).toEqual([expect.stringContaining(node.options.ovsdb ?? "")]);
      });
      expect(await ovs.ports("br-int")).toEqual(["foreign", tap(1), tap(2)]);
      await unplug(1);
      expect(await ovs.ports("br-int")).toEqual(["foreign", tap(2)]);
    },
  );

  test.each([
    ["whileStopped", "is not running"],
    ["whileFrozen", "hangs"],
  ] as const)(
    "ovs-vswitchd, %s: plug fails and says that it %s, unplug does not need it",
    async (away, text) => {
      await attach(1);
      await ovs.vswitchd[away](async () => {
        const { error } = await tryPlug(2);
        expect(error).toMatchObject({ reason: "switch-unreachable" });
        expect(error?.message).toStartWith(`ovs-vswitchd ${text}: `);
        await unplug(2);
        await unplug(1);
        if (away === "whileStopped") expect(await problems()).toEqual(["ovs-vswitchd is not running"]);
      });
      expect(await problems()).toEqual([]);
      await ovs.vsctl("wait-until", "interface", "foreign", "ofport>0");
    },
  );
});

test("processes that plug and unplug at once leave nothing, and touch nobody's port", async () => {
  const numbers = Array.from({ length: 10 }, (_, index) => index + 11);
  const many = await Promise.all(numbers.map((number) => network.addPod(`ovs-many${number}`)));
  const onAll = (action: "attach" | "churn" | "unplug", times = 1) =>
    Promise.all(
      numbers.map((number, index) =>
        node.do({
          kind,
          action,
          port: port(number),
          pod: many[index] as PodEnd,
          settings: settings(number),
          times,
        }),
      ),
    );
  await onAll("attach");
  expect(await ovs.ports("br-int")).toEqual(["foreign", ...numbers.map(tap)].sort());
  expect(await pings((many[0] as PodEnd).netns, "10.9.0.20")).toBe(true);
  await onAll("unplug");
  await expectNothingLeft();
  await onAll("churn", 3);
  await expectNothingLeft();
});

describe("a process killed before any of its changes", () => {
  const plugStep = () => ({ kind, action: "plug", port: port(1), pod: podOf(1) }) as const;
  const unplugStep = () => ({ kind, action: "unplug", port: port(1) }) as const;

  test.each(["unplug", "sweep", "unplugPort"] as const)("in plug leaves what %s removes", async (action) => {
    const changes = await killEverywhere(node, plugStep(), async () => {
      await node.do({ kind, action, port: port(1) });
      await expectNothingLeft();
    });
    // Veth, rows.
    expect(changes).toBe(2);
  });

  test("in plug leaves what another plug completes, killed in the middle of that as well", async () => {
    await attach(2);
    const changes = await killEverywhere(node, plugStep(), async () => {
      await attach(1);
      expect(await pings(podOf(2).netns, "10.9.0.1")).toBe(true);
    });
    // The port is there each time: its rows go, the veth is in the way, still is, and goes, and both are made.
    expect(changes).toBe(6);
  });

  test("in unplug leaves what a repeated unplug removes", async () => {
    await attach(1);
    const changes = await killEverywhere(node, unplugStep(), async () => {
      await unplug(1);
      await expectNothingLeft();
      await attach(1);
    });
    // Veth, rows.
    expect(changes).toBe(2);
  });
});

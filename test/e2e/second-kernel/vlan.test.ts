/** VLAN networks without an agent of Neutron's: for a kernel that has the module 8021q. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { inNamespace } from "../../../lab/layout.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { PodEnd, PortFacts } from "../../../src/wiring/wiring.ts";
import { killEverywhere } from "../wiring/kill.ts";
import { type Node, pings, podLink, port, settings, TestNetwork } from "../wiring/node.ts";

// A kernel that is a process runs programs some times slower.
setDefaultTimeout(600_000);

const kinds = ["linuxbridge", "macvlan"] as const;
type Kind = (typeof kinds)[number];

let network: TestNetwork;
let node: Node;
let neighbour: Node;
let untouched: string;
let made = 0;

beforeAll(async () => {
  network = new TestNetwork();
  const options = { neutronAgent: "none", physicalNetworks: { physnet1: "eth1" } } as const;
  node = await network.addNode("vlan", options);
  neighbour = await network.addNode("vlan-next", options);
  await network.connect(node, neighbour, "eth1");
  await node.ip("address add 10.8.0.101/24 dev eth1", "address add fd08::101/64 dev eth1 nodad");
  untouched = await node.network();
});

afterAll(() => network[Symbol.asyncDispose]());

afterEach(async () => {
  for (const each of [node, neighbour]) expect(await each.linkNames()).toEqual(["eth1", "lo"]);
  expect(await node.network()).toBe(untouched);
});

/** Port `number` on the network of a VLAN. */
function vlanPort(number: number, vlan: number, facts: Partial<PortFacts> = {}): PortFacts {
  const networkId = `00000${vlan}-53ec-4063-a4dc-f3ca3ba3e98b`;
  return port(number, { networkId, networkType: "vlan", segmentationId: vlan, ...facts });
}

/** A pod attached to a VLAN; detached when it is disposed of. */
class AttachedPod implements AsyncDisposable {
  private constructor(
    readonly on: Node,
    readonly kind: Kind,
    readonly facts: PortFacts,
    readonly end: PodEnd,
  ) {}

  static async attach(on: Node, kind: Kind, number: number, vlan: number): Promise<AttachedPod> {
    const end = await network.addPod(`vlan-pod${++made}`);
    const pod = new AttachedPod(on, kind, vlanPort(number, vlan), end);
    await on.do({ action: "attach", kind, port: pod.facts, pod: end, settings: settings(number) });
    return pod;
  }

  async check(): Promise<unknown> {
    return this.on.do({ action: "check", kind: this.kind, port: this.facts });
  }

  async detach(): Promise<void> {
    await this.on.do({ action: "unplug", kind: this.kind, port: this.facts, pod: this.end });
    expect(await podLink(this.end)).toBeUndefined();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach();
  }
}

/** What the node has of a VLAN network while a pod is on it. */
function devicesOf(kind: Kind, vlan: number, ...ports: readonly number[]): string[] {
  const bridged = [`brq00000${vlan}-53`, ...ports.map((n) => `tap${n.toString(16).padStart(8, "0")}-53`)];
  return [...(kind === "linuxbridge" ? bridged : []), `eth1.${vlan}`];
}

const withOthers = (...names: readonly string[]) => ["eth1", "lo", ...names].sort();

/** What arrives at the neighbour's end of the cable while `action` runs, one frame a line, with its MACs and tag. */
async function onTheWire(filter: string, action: () => Promise<unknown>): Promise<string> {
  const argv = ["timeout", "60", "tcpdump", "-i", "eth1", "-e", "-nn", "-l", "-c", "1", filter];
  const dump = Bun.spawn(inNamespace(neighbour.namespace, argv), { stdout: "pipe", stderr: "pipe" });
  const listening = dump.stderr.getReader();
  await listening.read();
  await action();
  return new Response(dump.stdout).text();
}

describe.each(kinds)("%s", (kind) => {
  test("joins pods of one node and of two, in frames with the VLAN's tag", async () => {
    await using one = await AttachedPod.attach(node, kind, 1, 101);
    await using two = await AttachedPod.attach(node, kind, 2, 101);
    await using three = await AttachedPod.attach(neighbour, kind, 3, 101);
    expect(await node.linkNames()).toEqual(withOthers(...devicesOf(kind, 101, 1, 2)));
    expect((await node.link("eth1.101"))?.addr_info).toEqual([]);
    for (const number of [2, 3]) {
      expect(await pings(one.end.netns, `10.9.0.${number}`, ["-M", "do", "-s", "1422"])).toBe(true);
      expect(await pings(one.end.netns, `fd09::${number}`, ["-M", "do", "-s", "1402"])).toBe(true);
    }
    const frames = await onTheWire("vlan and icmp", () => pings(one.end.netns, "10.9.0.3"));
    expect(frames).toContain(`${one.facts.mac} > ${three.facts.mac}`);
    expect(frames).toContain("vlan 101,");
    for (const pod of [one, two, three]) expect(await pod.check()).toEqual([]);
    expect(await node.network()).toBe(untouched);
  });

  test("keeps VLANs apart, on one node and between two", async () => {
    await using one = await AttachedPod.attach(node, kind, 1, 101);
    for (const on of [node, neighbour]) {
      await using other = await AttachedPod.attach(on, kind, 2, 102);
      expect(await pings(one.end.netns, "10.9.0.2", [], 1)).toBe(false);
      expect(await other.check()).toEqual([]);
    }
    for (const on of [node, neighbour]) {
      await using same = await AttachedPod.attach(on, kind, 2, 101);
      expect(await pings(one.end.netns, "10.9.0.2")).toBe(true);
      expect(await same.check()).toEqual([]);
    }
  });

  test("removes the device with its last pod, and no other", async () => {
    const one = await AttachedPod.attach(node, kind, 1, 101);
    const two = await AttachedPod.attach(node, kind, 2, 101);
    await using _other = await AttachedPod.attach(node, kind, 3, 102);
    await one.detach();
    expect(await node.linkNames()).toEqual(
      withOthers(...devicesOf(kind, 101, 2), ...devicesOf(kind, 102, 3)),
    );
    expect(await two.check()).toEqual([]);
    await two.detach();
    expect(await node.linkNames()).toEqual(withOthers(...devicesOf(kind, 102, 3)));
  });

  test("removes the device also when the pod's namespace went first", async () => {
    const pod = await AttachedPod.attach(node, kind, 1, 101);
    await run(["ip", "netns", "delete", pod.end.netns.replace("/run/netns/", "")]);
    await node.do({ action: "unplug", kind, port: pod.facts, pod: pod.end });
    expect(await node.linkNames()).toEqual(["eth1", "lo"]);
  });

  test("a sweep of a node without a store leaves what pods use", async () => {
    await using pod = await AttachedPod.attach(node, kind, 1, 101);
    await using _same = await AttachedPod.attach(neighbour, kind, 2, 101);
    const inUse = kind === "linuxbridge" ? [pod.facts] : [];
    expect(await node.do({ action: "sweep", kind, inUse })).toEqual([]);
    expect(await pings(pod.end.netns, "10.9.0.2")).toBe(true);
  });

  test("uses a VLAN device of the administrator's, and leaves it with its addresses", async () => {
    await node.ip("link add link eth1 name eth1.101 type vlan id 101", "link set eth1.101 up");
    await node.ip("address add 10.7.0.1/24 dev eth1.101");
    const before = await node.network();
    {
      await using pod = await AttachedPod.attach(node, kind, 1, 101);
      await using _same = await AttachedPod.attach(neighbour, kind, 2, 101);
      expect(await pings(pod.end.netns, "10.9.0.2")).toBe(true);
    }
    expect(await node.do({ action: "sweep", kind })).toEqual([]);
    expect(await node.linkNames()).toEqual(withOthers("eth1.101"));
    expect(await node.network()).toBe(before);
    await node.ip("link delete eth1.101");
  });

  test.each([
    [
      "link add link eth1 name eth1.101 type vlan id 7",
      "eth1.101",
      "eth1.101 must be VLAN 101 of eth1 but is VLAN 7; remove or rename that device",
    ],
    [
      "link add link eth1 name storage type vlan id 101",
      "storage",
      "VLAN 101 of eth1 must be called eth1.101 but is there as storage; rename or remove that device",
    ],
  ])("names what is in the way: %s", async (command, device, message) => {
    await node.ip(command);
    const pod = await network.addPod(`vlan-pod${++made}`);
    const facts = vlanPort(1, 101);
    const { error } = await node.try({ action: "plug", kind, port: facts, pod });
    expect(error).toMatchObject({ reason: "device-in-use", message });
    await node.do({ action: "unplug", kind, port: facts, pod });
    expect(await node.linkNames()).toEqual(withOthers(device));
    await node.ip(`link delete ${device}`);
  });

  test("a VLAN device follows when the NIC's MTU is raised", async () => {
    await using _one = await AttachedPod.attach(node, kind, 1, 101);
    await node.ip("link set eth1 mtu 1600");
    const pod = await network.addPod(`vlan-pod${++made}`);
    const facts = vlanPort(2, 101, { mtu: 1600 });
    expect(await node.do({ action: "plug", kind, port: facts, pod })).toEqual([]);
    expect((await podLink(pod))?.mtu).toBe(1600);
    await node.do({ action: "unplug", kind, port: facts, pod });
    await node.ip("link set eth1 mtu 1500");
  });

  test("killed before any change of plug, it leaves what unplug removes", async () => {
    const pod = await network.addPod(`vlan-pod${++made}`);
    const step = { kind, port: vlanPort(1, 101), pod } as const;
    const changes = await killEverywhere(node, { action: "plug", ...step }, async () => {
      await node.do({ action: "unplug", ...step });
      expect(await node.linkNames()).toEqual(["eth1", "lo"]);
      expect(await podLink(pod)).toBeUndefined();
    });
    // VLAN device, its start, the pod's end and its name; or bridge, its start, VLAN device, its start, MAC, addresses,
    // port, veth.
    expect(changes).toBe(kind === "linuxbridge" ? 8 : 4);
  });

  test("killed before any change of plug, it leaves what a sweep removes", async () => {
    for (let change = 1, killed = true; killed; change++) {
      const pod = await network.addPod(`vlan-pod${++made}`);
      const step = { kind, port: vlanPort(1, 101), pod } as const;
      killed = (await node.try({ action: "plug", ...step, killBefore: change })).killed;
      await run(["ip", "netns", "delete", pod.netns.replace("/run/netns/", "")]);
      await waitFor("node without devices of skynet's", async () => {
        await node.do({ action: "sweep", kind });
        return (await node.linkNames()).join() === "eth1,lo";
      });
    }
  });

  test("killed before any change of unplug, it leaves what a repeated unplug removes, or another plug uses", async () => {
    const pod = await network.addPod(`vlan-pod${++made}`);
    const step = { kind, port: vlanPort(1, 101), pod } as const;
    await using _same = await AttachedPod.attach(neighbour, kind, 2, 101);
    const attach = () => node.do({ action: "attach", ...step, settings: settings(1) });
    await attach();
    const changes = await killEverywhere(node, { action: "unplug", ...step }, async () => {
      await node.do({ action: "unplug", ...step });
      expect(await node.linkNames()).toEqual(["eth1", "lo"]);
      await attach();
    });
    // The pod's end, the claim, the device; and what a bridge needs besides.
    expect(changes).toBe(kind === "linuxbridge" ? 5 : 3);
    // Before the last change the claim stands, or a bridge without its VLAN device.
    expect((await node.try({ action: "unplug", ...step, killBefore: changes })).killed).toBe(true);
    await attach();
    expect(await pings(pod.netns, "10.9.0.2")).toBe(true);
    await node.do({ action: "unplug", ...step });
  });

  test("10 pods on two VLANs come and go at once, and leave nothing", async () => {
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => ({
        number: index + 1,
        facts: vlanPort(index + 1, 101 + (index % 2)),
        pod: await network.addPod(`vlan-pod${++made}`),
      })),
    );
    const each = (action: "attach" | "unplug" | "churn") =>
      Promise.all(
        all.map(({ number, facts, pod }) =>
          node.do({ action, kind, port: facts, pod, settings: settings(number) }),
        ),
      );
    await each("churn");
    expect(await node.linkNames()).toEqual(["eth1", "lo"]);
    await each("attach");
    const first = all[0]?.pod.netns ?? "";
    expect(await pings(first, "10.9.0.9")).toBe(true);
    expect(await pings(first, "10.9.0.10", [], 1)).toBe(false);
    await each("unplug");
  });
});

describe("a VLAN device with macvlan devices", () => {
  test("stays while somebody else's are on it, in whatever namespace, and goes with a later sweep", async () => {
    const other = await network.addPod(`vlan-pod${++made}`);
    const inside = (...command: string[]) => run(["nsenter", `--net=${other.netns}`, "ip", ...command]);
    {
      await using _pod = await AttachedPod.attach(node, "macvlan", 1, 101);
      const name = other.netns.replace("/run/netns/", "");
      await node.ip(`link add link eth1.101 name own netns ${name} type macvlan mode bridge`);
    }
    expect(await node.linkNames()).toEqual(withOthers("eth1.101"));
    expect(await node.do({ action: "sweep", kind: "macvlan" })).toEqual([]);
    expect(await inside("link", "show", "own")).toContain("own@if");
    await inside("link", "delete", "own");
    expect(await node.do({ action: "sweep", kind: "linuxbridge" })).toEqual(["eth1.101"]);
  });

  test("stays while the host has addresses or devices on it", async () => {
    const pod = await AttachedPod.attach(node, "macvlan", 1, 101);
    await node.ip("address add 10.7.0.1/24 dev eth1.101");
    await pod.detach();
    expect(await node.linkNames()).toEqual(withOthers("eth1.101"));
    await node.ip("address delete 10.7.0.1/24 dev eth1.101");
    await node.ip("link add link eth1.101 name inner type vlan id 5");
    expect(await node.do({ action: "sweep", kind: "macvlan" })).toEqual([]);
    await node.ip("link delete inner");
    expect(await node.do({ action: "sweep", kind: "macvlan" })).toEqual(["eth1.101"]);
  });

  test("cannot be a port of a bridge, nor the other way round", async () => {
    const end = await network.addPod(`vlan-pod${++made}`);
    for (const [first, second] of [kinds, kinds.toReversed() as [Kind, Kind]]) {
      await using _pod = await AttachedPod.attach(node, first, 1, 101);
      const step = { kind: second, port: vlanPort(2, 101), pod: end };
      const { error } = await node.try({ action: "plug", ...step });
      expect(error?.reason).toBe("device-in-use");
      expect(error?.message).toMatch(/^eth1\.101, .* cannot (join|carry) /);
      await node.do({ action: "unplug", ...step });
    }
  });

  test("is checked", async () => {
    await using pod = await AttachedPod.attach(node, "macvlan", 1, 101);
    await node.ip("link set eth1.101 down");
    expect(await pod.check()).toContain("the VLAN device eth1.101 is down");
    await node.ip("link delete eth1.101");
    expect(await pod.check()).toEqual(["the VLAN device eth1.101 is missing"]);
    await node.ip("link add link eth1 name eth1.101 type vlan id 7");
    expect(await pod.check()).toContain("eth1.101 must be VLAN 101 of eth1 but is VLAN 7");
    await node.ip("link delete eth1.101");
  });
});

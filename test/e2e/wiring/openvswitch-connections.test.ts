import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { waitFor } from "../../../lab/wait.ts";
import type { PodEnd } from "../../../src/wiring/wiring.ts";
import { type Node, pings, port, settings, TestNetwork } from "./node.ts";
import { SwitchNode } from "./openvswitch-node.ts";
import { transfers } from "./transfer.ts";

setDefaultTimeout(120_000);

const kind = "openvswitch";

let network: TestNetwork;
let ovs: SwitchNode;
let node: Node;
const pods: PodEnd[] = [];

beforeAll(async () => {
  network = new TestNetwork();
  ovs = await SwitchNode.add(network, "oct", { neutronAgent: "required", physicalNetworks: {} });
  node = ovs.node;
  await ovs.vsctl("add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev");
  for (const number of [1, 2, 3]) {
    const pod = await network.addPod(`oct-${number}`);
    pods.push(pod);
    await node.do({ kind, action: "attach", port: port(number), pod, settings: settings(number) });
  }
  await track();
});

afterAll(async () => {
  await ovs?.[Symbol.asyncDispose]();
  await network[Symbol.asyncDispose]();
});

beforeEach(fill);

/** As Neutron's filters do, which have a zone for each network. */
async function track(): Promise<void> {
  // ovs-vswitchd answers its control socket some time before it has made its bridges anew.
  await waitFor("bridge that takes flows", async () => {
    await ovs.ofctl("show", "br-int");
    return true;
  });
  await ovs.ofctl("add-flow", "br-int", "priority=10,ip,actions=ct(commit,zone=7),normal");
  await ovs.ofctl("add-flow", "br-int", "priority=10,ipv6,actions=ct(commit,zone=9),normal");
}

const netns = (number: number) => pods[number - 1]?.netns ?? "";
const addresses = (number: number) => [`10.9.0.${number}`, `fd09::${number}`];

/** The first two pods each open connections to the third, and answer some of its. */
async function fill(): Promise<void> {
  for (const number of [1, 2]) {
    const [ip4 = "", ip6 = ""] = addresses(number);
    expect(await pings(netns(number), "10.9.0.3")).toBe(true);
    expect(await pings(netns(3), ip4)).toBe(true);
    expect(await pings(netns(3), ip6)).toBe(true);
    expect(await transfers(netns(3), netns(number), ip4)).toBe(true);
    expect(await transfers(netns(3), netns(number), ip6)).toBe(true);
    expect(await transfers(netns(number), netns(3), "fd09::3")).toBe(true);
  }
}

/** How often connections of an address are tracked, by protocol. */
async function tracked(address: string): Promise<Record<string, number>> {
  const lines = (await ovs.appctl("ovs-vswitchd", "dpctl/dump-conntrack")).split("\n");
  const counts: Record<string, number> = {};
  for (const line of lines.filter((text) => text.includes(`src=${address},`))) {
    const protocol = line.slice(0, line.indexOf(","));
    counts[protocol] = (counts[protocol] ?? 0) + 1;
  }
  return counts;
}

const forget = (number: number, ...those: readonly string[]) =>
  node.try({ kind, action: "forgetConnections", port: port(number), addresses: those });

test("all connections of the addresses are forgotten but ICMPv6, by whomever they were opened, and no others", async () => {
  const [one4 = "", one6 = ""] = addresses(1);
  const [two4 = "", two6 = ""] = addresses(2);
  expect(Object.keys(await tracked(one4)).sort()).toEqual(["icmp", "tcp"]);
  expect(Object.keys(await tracked(one6)).sort()).toEqual(["icmpv6", "tcp"]);
  const others = [await tracked(two4), await tracked(two6)];
  expect(await forget(1, one4, one6)).toMatchObject({ value: [] });
  expect(await tracked(one4)).toEqual({});
  expect(Object.keys(await tracked(one6))).toEqual(["icmpv6"]);
  expect([await tracked(two4), await tracked(two6)]).toEqual(others);
});

test("a port that is not plugged in is found by its bridge", async () => {
  const [two4 = "", two6 = ""] = addresses(2);
  expect(await forget(8, two4, two6.replace("::", ":0:0::"))).toMatchObject({ value: [] });
  expect(await tracked(two4)).toEqual({});
  expect(Object.keys(await tracked(two6))).toEqual(["icmpv6"]);
});

test("while ovs-vswitchd is away or hangs it is an error, and soon enough", async () => {
  const attempt = () => forget(1, ...addresses(1));
  const unreachable = { name: "WiringError", reason: "switch-unreachable" };
  expect((await ovs.vswitchd.whileFrozen(attempt)).error).toMatchObject(unreachable);
  expect((await ovs.vswitchd.whileStopped(attempt)).error).toMatchObject(unreachable);
  await track();
  await fill();
  expect(await attempt()).toMatchObject({ value: [] });
  expect(await tracked("10.9.0.1")).toEqual({});
});

test("where the database is reached by TCP a warning says that nobody asks ovs-vswitchd", async () => {
  await ovs.appctl("ovsdb-server", "ovsdb-server/add-remote", "ptcp:6640:127.0.0.1");
  const options = { ...node.options, ovsdb: "tcp:127.0.0.1:6640" };
  const warnings = await node.do({
    kind,
    action: "forgetConnections",
    port: port(1),
    addresses: addresses(1),
    options,
  });
  expect(warnings).toEqual([expect.stringContaining("plugin.ovsdb_connection is tcp:127.0.0.1:6640")]);
  expect(await tracked("10.9.0.1")).not.toEqual({});
});

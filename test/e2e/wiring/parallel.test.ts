import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { PodEnd } from "../../../src/wiring/wiring.ts";
import { BRIDGE, type Node, pings, port, settings, TestNetwork, tap } from "./node.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

const numbers = Array.from({ length: 20 }, (_, index) => index + 1);

let network: TestNetwork;
let pods: PodEnd[];

beforeAll(async () => {
  network = new TestNetwork();
  pods = await Promise.all(numbers.map((number) => network.addPod(`many-pod${number}`)));
});

afterAll(() => network[Symbol.asyncDispose]());

const podOf = (number: number): PodEnd => pods[number - 1] as PodEnd;

async function onAll(node: Node, action: "attach" | "unplug" | "churn", more: object = {}): Promise<void> {
  await Promise.all(
    numbers.map((number) =>
      node.do({ action, port: port(number), pod: podOf(number), settings: settings(number), ...more }),
    ),
  );
}

async function freshNode(name: string, neutronAgent: "required" | "none"): Promise<Node> {
  const node = await network.addNode(name, { neutronAgent, physicalNetworks: { physnet1: "eth1" } });
  const neighbour = await network.addNode(`${name}-next`, node.options);
  await network.connect(node, neighbour, "eth1");
  await node.ip("address add 10.9.0.101/24 dev eth1", "route add default via 10.9.0.102");
  await neighbour.ip("address add 10.9.0.102/24 dev eth1");
  return node;
}

test.each(["required", "none"] as const)(
  "20 processes plug at once on a fresh node, agent %s",
  async (agent) => {
    const node = await freshNode(`many-${agent}`, agent);
    const before = await node.network();

    await onAll(node, "attach");
    const uplink = agent === "none" ? ["eth1"] : [];
    const members = (await node.links())
      .filter(({ master }) => master === BRIDGE)
      .map(({ ifname }) => ifname);
    expect(members.sort()).toEqual([...uplink, ...numbers.map(tap)].sort());
    expect(await pings(podOf(1).netns, "10.9.0.20")).toBe(true);
    expect(await pings(podOf(20).netns, agent === "none" ? "10.9.0.102" : "10.9.0.2")).toBe(true);

    await onAll(node, "unplug");
    expect(await node.linkNames()).toEqual(["eth1", "lo"]);
    expect(await node.network()).toBe(before);
  },
  60_000,
);

test("20 processes plug and unplug at once, the bridge coming and going, and leave nothing", async () => {
  const node = await freshNode("churn", "none");
  const before = await node.network();
  await onAll(node, "churn", { times: 5 });
  expect(await node.linkNames()).toEqual(["eth1", "lo"]);
  expect(await node.network()).toBe(before);
});

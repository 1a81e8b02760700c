/**
 * Fifty pods at once on a node with as many ports ready, on real Neutron with its agents, and the same without any.
 * How long each takes is printed, not judged: docs/performance.md has figures. The latter is part of the long runs.
 */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { AgentProcess, agentSocket } from "../../../lab/agent-process.ts";
import { run } from "../../../lab/command.ts";
import { defaultGroupBeside } from "../../../lab/demo/neutron-api.ts";
import type { Node } from "../../../lab/node.ts";
import type { NodeKind } from "../../../lab/node-kinds.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { AgentState } from "../../../src/agent/state.ts";
import { type Attached, type Port, Scene } from "../neutron/scene.ts";

const PODS = 50;
/** Real Neutron makes two or three ports a second on such a machine. */
const FILLED_WITHIN_MS = 240_000;
/** Pods that a stranger pings from before they are there. */
const WATCHED = 3;

/** What takes Neutron minutes, and only shows what ports ready are worth. */
const comparison = process.env.SKYNET_SOAK === "1" ? test : () => undefined;

let scene: Scene;
let agent: AgentProcess | undefined;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  await agent?.stop();
  agent = undefined;
  // Nobody keeps ports ready any more: a GC without an agent gives them up.
  await giveUpPorts(nodeOf("linuxbridge"));
  await giveUpPorts(nodeOf("openvswitch"));
  expect(await scene.close()).toEqual([]);
}, 240_000);

for (const kind of ["linuxbridge", "openvswitch"] as const) {
  test(`${PODS} pods at once, all with a port that was ready, isolated from their first packet (${kind})`, async () => {
    const node = nodeOf(kind);
    const config = await configOf(node, {
      hot_ports_min: PODS,
      hot_ports_max: PODS + 10,
      hot_ports_batch: 10,
    });
    const filled = await filledAgent(node, config);
    const strangers = (await hotAddresses(node)).slice(0, WATCHED).map((address) => strangerPings(address));
    const { attached, ms } = await attachAll(node, config);
    const ports = await portsOf(node);
    expect(attached.map(({ ip4 }) => ports.find(has(ip4))?.status)).toEqual(Array(PODS).fill("ACTIVE"));
    expect(await state()).toMatchObject({ claims: { hit: PODS, miss: 0 } });
    expect(await unreachable(attached)).toEqual([]);
    expect(await Promise.all(strangers)).toEqual(Array(WATCHED).fill(0));
    const removed = await detachAll(attached);
    console.log(
      `${node.kind}: ${PODS} pods at once ${seconds(ms)}, gone in ${seconds(removed)}; the ports were ready after ${seconds(filled)}`,
    );
  }, 420_000);

  comparison(
    `${PODS} pods at once without a port ready (${kind})`,
    async () => {
      const node = nodeOf(kind);
      const { attached, ms } = await attachAll(node, await configOf(node, { hot_ports_max: 0 }));
      expect(await unreachable(attached)).toEqual([]);
      const removed = await detachAll(attached);
      console.log(
        `${node.kind}: ${PODS} pods at once without ports ready ${seconds(ms)}, gone in ${seconds(removed)}`,
      );
    },
    420_000,
  );
}

test("the stranger that pings is answered where a group lets it in", async () => {
  const { ip4 } = await scene.attach({ annotations: { "skynet/security_group_ids": scene.lab.seeded.web } });
  expect(await strangerPings(ip4, 50)).toBe(50);
});

/** The first node of a kind. */
function nodeOf(kind: NodeKind): Node {
  const node = scene.lab.nodes.find((candidate) => candidate.kind === kind);
  if (node === undefined) throw new Error(`this lab has no node of kind ${kind}`);
  return node;
}

function indexOf(node: Node): number {
  return scene.lab.nodes.indexOf(node) + 1;
}

/** In the default group alone: out with everything, in with nothing but others of the group. */
async function configOf(node: Node, settings: object) {
  return {
    cniVersion: "1.1.0",
    neutron: {
      request_timeout: 240,
      default_subnet_id: scene.lab.seeded.flat1.subnets[4],
      default_security_group_ids: await defaultGroupBeside(scene.lab.url, scene.lab.seeded.web),
    },
    // Fifty at once without a port ready keep real Neutron busy for long.
    deadlines: { add: 300 },
    agent: { socket: agentSocket(node), hot_ports_idle: 3600, ...settings },
  };
}

/** Starts the node's agent. @returns the milliseconds until its ports were ready */
async function filledAgent(node: Node, config: Record<string, unknown>): Promise<number> {
  await scene.prepare({ node: indexOf(node), config });
  const began = performance.now();
  agent = new AgentProcess(node, node.path("net.d", "10-pods.conf"));
  await agent.start({ timeout: 30_000 });
  await waitFor(
    `${PODS} ports that are ready`,
    async () => (await state()).hotPorts.reduce((sum, { counts }) => sum + counts.hot, 0) >= PODS,
    { timeout: FILLED_WITHIN_MS, interval: 250 },
  );
  return performance.now() - began;
}

async function state(): Promise<AgentState> {
  return JSON.parse((await agent?.get("/debug/state"))?.body ?? "{}");
}

async function attachAll(
  node: Node,
  config: Record<string, unknown>,
): Promise<{ attached: Attached[]; ms: number }> {
  const wishes = Array.from({ length: PODS }, () => ({ node: indexOf(node), config }));
  const prepared: Awaited<ReturnType<Scene["prepare"]>>[] = [];
  for (const wish of wishes) prepared.push(await scene.prepare(wish));
  const began = performance.now();
  const results = await Promise.all(prepared.map(({ pod, runtime }) => runtime.add(pod)));
  const ms = performance.now() - began;
  const attached = prepared.map(({ pod, runtime }, place) => {
    const result = results[place] as unknown as Attached["result"];
    return { pod, runtime, result, ip4: result.ips[0]?.address.split("/")[0] ?? "", ip6: "" };
  });
  return { attached, ms };
}

async function detachAll(attached: readonly Attached[]): Promise<number> {
  const began = performance.now();
  await Promise.all(attached.map(({ pod, runtime }) => runtime.del(pod)));
  return performance.now() - began;
}

/** Pods that cannot reach the gateway, by name. */
async function unreachable(attached: readonly Attached[]): Promise<string[]> {
  const outcomes = await Promise.all(
    attached.map(async ({ pod }) => ({ name: pod.name, answers: await pod.ping("10.50.0.1") })),
  );
  return outcomes.filter(({ answers }) => answers === 0).map(({ name }) => name);
}

async function portsOf(node: Node): Promise<Port[]> {
  return (await scene.api<{ ports: Port[] }>("GET", `ports?binding:host_id=${node.hostname}&tags=skynet`))
    .ports;
}

/** Addresses that pods will get. */
async function hotAddresses(node: Node): Promise<string[]> {
  const ports = await portsOf(node);
  return ports.flatMap(({ fixed_ips }) => fixed_ips.map(({ ip_address }) => ip_address));
}

function has(address: string) {
  return (port: Port) => port.fixed_ips.some(({ ip_address }) => ip_address === address);
}

/** How many pings the gateway gets answered, which no group lets in; it begins at once and takes some seconds. */
async function strangerPings(address: string, count = 400): Promise<number> {
  const output = await run(["sh", "-c", `ping -n -c ${count} -i 0.02 -W 1 ${address}; true`]);
  return Number(/(\d+) received/.exec(output)?.[1]);
}

async function giveUpPorts(node: Node): Promise<void> {
  const { runtime } = await scene.prepare({
    node: indexOf(node),
    config: { cniVersion: "1.1.0", plugin: { agent: "off" } },
  });
  await runtime.call("GC", runtime.plugin, undefined, { attachments: [] });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Real containers on a node with an agent, and on one without: ports that are ready, and runtime and agent dying in any
 * order. On real Neutron with its linuxbridge agents. Needs root and `dist/skynet`.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { AgentProcess } from "../../../lab/agent-process.ts";
import type { ContainerdNode } from "../../../lab/containerd/node.ts";
import { Pod } from "../../../lab/containerd/pod.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { AgentState } from "../../../src/agent/state.ts";
import { Cluster } from "./cluster.ts";

setDefaultTimeout(240_000);

const READY = 3;

let cluster: Cluster;
/** Has an agent. */
let node: ContainerdNode;
let agent: AgentProcess;

beforeAll(async () => {
  cluster = await Cluster.start({
    ...{ hot_ports_min: READY, hot_ports_max: 8, hot_ports_batch: READY },
    ...{ hot_ports_cooldown: 1, reconcile_interval: 5 },
  });
  node = cluster.node(1);
  agent = cluster.agent(node);
  await agent.start();
});

afterAll(async () => {
  await cluster.removePods();
  await agent.kill();
  await cluster.release(node);
  const left = await cluster.remains();
  await cluster.stop();
  expect(left).toEqual([]);
});

test("a pod takes a port that was ready, and Neutron is told of the pod", async () => {
  await untilReady();
  const before = await claims();
  const annotations = { "skynet/security_group_ids": cluster.lab.seeded.web };
  const peer = await Pod.run(cluster.node(2), { name: "peer", annotations });
  const pod = await Pod.run(node, { name: "quick", namespace: "shop" });
  expect(await claims()).toEqual({ hit: before.hit + 1, miss: before.miss });
  await waitFor("Neutron that knows the pod", async () => (await cluster.ports(pod.id)).length === 1);
  const [port] = await cluster.ports(pod.id);
  expect(port).toMatchObject({ name: "shop_quick", status: "ACTIVE", "binding:host_id": "node1" });
  expect(port?.fixed_ips.map(({ ip_address }) => ip_address)).toContain(await pod.address());
  expect(await pod.exec(ping(await peer.address()))).toMatchObject({ exitCode: 0 });
  await Promise.all([pod.remove(), peer.remove()]);
});

test("pods outlive containerd and the agent, whichever dies first, and can be removed while there is no agent", async () => {
  await untilReady();
  const [first, second] = [await Pod.run(node, { name: "first" }), await Pod.run(node, { name: "second" })];
  await agent.kill();
  await node.crashContainerd();
  await node.startContainerd();
  expect(await first.exec(ping(await second.address()))).toMatchObject({ exitCode: 0 });
  await first.remove();
  await agent.start();
  await node.crashContainerd();
  await agent.kill();
  await agent.start();
  await node.startContainerd();
  expect(await node.cri.listPodSandboxes()).toMatchObject([{ id: second.id, state: "SANDBOX_READY" }]);
  const third = await Pod.run(node, { name: "third" });
  expect(await third.exec(ping(await second.address()))).toMatchObject({ exitCode: 0 });
  await Promise.all([second.remove(), third.remove()]);
  await waitFor("attachments that are gone", async () => (await state()).attachments.attached === 0);
});

test("pods that start while the agent dies start after all", async () => {
  await untilReady();
  const starting = Array.from({ length: 2 * READY }, (_, index) => untilRuns(`crowd-${index}`));
  await Bun.sleep(100);
  await agent.kill();
  await agent.start();
  const pods = await Promise.all(starting);
  expect(new Set(await Promise.all(pods.map((pod) => pod.address()))).size).toBe(pods.length);
  const [one, ...others] = pods;
  for (const other of others)
    expect(await one?.exec(ping(await other.address()))).toMatchObject({ exitCode: 0 });
  await Promise.all(pods.map((pod) => pod.remove()));
  // A creation whose answer was lost with the agent may still bring a port: its delete waits until that is over.
  const isSettled = async () => (await state()).journal.entries === 0;
  await waitFor("a journal without pending deletes", isSettled, { timeout: 120_000, interval: 250 });
});

/** As kubelet does: a new sandbox until one comes up. */
async function untilRuns(name: string): Promise<Pod> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await Pod.run(node, { name });
    } catch (error) {
      if (attempt === 5) throw error;
      await Bun.sleep(500);
    }
  }
}

/** Until as many ports are ready as are kept. */
async function untilReady(): Promise<void> {
  const isReady = async () => (await state()).hotPorts.some(({ counts }) => counts.hot >= READY);
  await waitFor(`${READY} ports that are ready`, isReady, { timeout: 120_000, interval: 250 });
}

async function claims(): Promise<AgentState["claims"]> {
  return (await state()).claims;
}

async function state(): Promise<AgentState> {
  return JSON.parse((await agent.get("/debug/state")).body);
}

function ping(address: string): string[] {
  return ["ping", "-c", "1", "-W", "2", address];
}

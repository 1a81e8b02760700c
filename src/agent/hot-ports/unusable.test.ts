import { expect, test } from "bun:test";
import { cleanUpAfterEach, eventually, StubWiring, type TestNode, testNode } from "./test-support.ts";

cleanUpAfterEach();

const ONE = { hot_ports_min: 1, hot_ports_max: 2, hot_ports_batch: 1 };

const failure = (node: TestNode) => node.manager.snapshot().pools[0]?.lastFailure?.message;
const deleted = (node: TestNode) => node.manager.snapshot().counters.deleted;

/** Everything of the port is gone, and its pool pauses. */
async function isCleared(node: TestNode): Promise<void> {
  await eventually(() => node.store.hotPorts.list().length === 0, "its row is gone");
  expect(await node.ports()).toEqual([]);
  expect(node.wiring.ends.size).toBe(0);
  expect(node.manager.snapshot().pools[0]?.pausedUntil).toBeGreaterThan(Date.now());
}

test("a port that Neutron cannot bind is deleted, and the agent named that is missing", async () => {
  const node = await testNode({ agent: ONE });
  await node.api("POST", "/_sim/agents", { host: "node1", alive: false });
  await node.start();
  await eventually(() => failure(node) !== undefined, "it is noticed");
  expect(failure(node)).toContain("no living the agent of that name serves this network");
  await isCleared(node);
  expect(deleted(node)).toEqual({ "not bound": 1 });
});

test("a port in status ERROR is deleted", async () => {
  const node = await testNode({ agent: ONE });
  await node.api("POST", "/_sim/settings", { activation: "manual" });
  await node.start();
  await eventually(() => node.states().wiring === 1, "a port waits to be wired");
  const [port] = await node.ports();
  await node.api("POST", `/_sim/ports/${port?.id}/status`, { status: "ERROR" });
  await eventually(() => failure(node) !== undefined, "it is noticed");
  expect(failure(node)).toBe(`port ${port?.id}: in status ERROR`);
  await isCleared(node);
});

test("a port that is not wired is not given to a pod", async () => {
  const node = await testNode({ agent: ONE });
  await node.api("POST", "/_sim/settings", { activation: "manual" });
  await node.start();
  await eventually(() => node.states().wiring === 1, "a port waits to be wired");
  const target = await node.target();
  expect(node.add(target)).toBeUndefined();
  const [port] = await node.ports();
  await node.api("POST", `/_sim/ports/${port?.id}/status`, { status: "ACTIVE" });
  await eventually(() => (node.states().hot ?? 0) > 0, "the port is hot");
  expect(node.add(target)?.port.id).toBe(String(port?.id));
});

test("the node's own signs count, too", async () => {
  const wiring = new StubWiring();
  const tag = Promise.withResolvers<"ask-neutron">();
  wiring.ready = () => tag.promise;
  const node = await testNode({ agent: ONE, wiring });
  await node.start();
  await eventually(() => node.states().wiring === 1, "a port waits to be wired");
  await eventually(async () => (await node.ports())[0]?.status === "ACTIVE", "Neutron says ACTIVE");
  expect(node.add(await node.target())).toBeUndefined();
  tag.resolve("ask-neutron");
  await eventually(() => (node.states().hot ?? 0) > 0, "the port is hot");
});

test("a stand-in that cannot be made leaves nothing", async () => {
  const wiring = new StubWiring();
  wiring.parkFails = new Error("no such device");
  const node = await testNode({ agent: ONE, wiring });
  await node.start();
  await eventually(() => failure(node) !== undefined, "it is noticed");
  expect(failure(node)).toBe("no such device");
  await isCleared(node);
});

test("where there are no stand-ins a port is ready when it is bound", async () => {
  const node = await testNode({ agent: ONE, wiring: new StubWiring(false) });
  await node.api("POST", "/_sim/settings", { activation: "manual" });
  await node.start();
  await eventually(() => node.states().hot === 1, "the port is ready");
  const pod = node.add(await node.target());
  expect(pod?.port.status).toBe("DOWN");
  if (pod === undefined) throw new Error("none was ready");
  expect(node.del(pod.key)).toBe(true);
  await eventually(() => node.manager.snapshot().counters.recycled === 1, "it is ready again");
});

test("after the node was started anew its ports are made anew, before a pod gets one", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const [port] = await node.ports();
  await node.manager.stop();
  node.wiring.ends.clear();
  await node.restart();
  expect(node.add(await node.target())).toBeUndefined();
  await eventually(
    async () => !(await node.ports()).some(({ id }) => id === port?.id),
    "the old one is deleted",
  );
  await eventually(() => (node.states().hot ?? 0) > 0, "there is a new one");
  expect(deleted(node)).toEqual({ "stand-in gone": 1 });
});

test("another agent takes the ports over, though Neutron is away", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const target = await node.target();
  await node.api("POST", "/_sim/faults", { times: 0, action: { status: 503 } });
  await node.restart();
  expect(node.add(target)).toBeDefined();
});

test("a port that a pod uses is not deleted for what an old copy of the store says", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const [end = ""] = node.wiring.ends.keys();
  node.wiring.ends.set(end, { parked: false, owner: "skynet:web:eth0" });
  expect(await node.manager.releaseAll(AbortSignal.timeout(300))).toBe(1);
  expect(await node.ports()).toHaveLength(1);
  expect(node.states()).toEqual({ leaving: 1 });
});

test("hot_ports_max 0: nothing is made, and what was made before goes", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const { config } = node.surroundings;
  const off = { ...config, agent: { ...config.agent, hot_ports_max: 0 } };
  await node.restart({ ...node.surroundings, config: off });
  await eventually(() => node.store.hotPorts.list().length === 0, "it is gone");
  expect(await node.ports()).toEqual([]);
  expect(node.add(await node.target())).toBeUndefined();
});

test("a pool that nobody asks for is given up, and forgotten", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const target = await node.target({ "skynet/port_security": "false" });
  expect(node.add(target)).toBeUndefined();
  const pool = node.poolOf(target);
  await eventually(() => node.store.hotPorts.counts(pool).hot > 0, "there is one for such pods");
  node.surroundings.config.agent.hot_ports_idle = 0.2;
  const config = { ...node.surroundings.config };
  node.manager.use("pods", { ...node.surroundings, config });
  await eventually(() => node.store.pools.list().length === 1, "the pool is forgotten");
  expect(node.manager.snapshot().pools).toMatchObject([{ isDefault: true, counts: { hot: 1 } }]);
  expect(deleted(node).idle).toBeGreaterThan(0);
});

test("ports that others have given up, or put in, are seen to", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const [row] = node.store.hotPorts.list();
  node.store.hotPorts.move(row?.id ?? 0, "hot", "leaving");
  node.manager.returned(node.world);
  await eventually(async () => !(await node.ports()).some(({ id }) => id === row?.portId), "it is deleted");
});

test("where the node cannot be looked at, nothing is given to pods and nothing is given up", async () => {
  const wiring = new StubWiring();
  const node = await testNode({ agent: ONE, wiring });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const target = await node.target();
  const { isParked } = wiring.parking() ?? {};
  Object.assign(wiring.parking() ?? {}, { isParked: () => Promise.reject(new Error("the switch is away")) });
  await node.restart();
  expect(node.add(target)).toBeUndefined();
  expect(node.store.hotPorts.counts(node.poolOf(target)).leaving).toBe(0);
  Object.assign(wiring.parking() ?? {}, { isParked });
  await eventually(
    () => node.states().hot === 2,
    "both are hot: the old one, and the one that was made for the pod",
  );
});

test("another agent asks Neutron at once about ports that it takes over", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  await node.manager.stop();
  const [port] = await node.ports();
  await node.api("PUT", `/v2.0/ports/${port?.id}`, { port: { security_groups: [] } });
  await node.restart();
  await eventually(() => deleted(node)["security groups changed"] === 1, "it is deleted");
});

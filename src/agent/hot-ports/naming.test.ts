import { expect, test } from "bun:test";
import type { Port } from "../../openstack/neutron/ports.ts";
import { cleanUpAfterEach, eventually, type TestNode, testNode } from "./test-support.ts";

cleanUpAfterEach();

const NAME = { method: "PUT", path: "^/v2.0/ports/" };

/** A node with one hot port, and Neutron's answers to the next changes of ports as `fault` says. */
async function nodeWith(action?: object, times = 1): Promise<TestNode> {
  const node = await testNode({ agent: { hot_ports_min: 1, hot_ports_max: 2, hot_ports_batch: 1 } });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  if (action !== undefined) await node.api("POST", "/_sim/faults", { match: NAME, times, action });
  await node.calls();
  return node;
}

async function add(node: TestNode): Promise<Port> {
  const pod = node.add(await node.target(), "web");
  if (pod === undefined) throw new Error("none was ready");
  return pod.port;
}

const isNamed = (node: TestNode, id: string) => async () =>
  (await node.ports()).find((port) => port.id === id)?.name === "default_web";
const settled = (node: TestNode) => () => node.manager.snapshot().identityDue === 0;

test("a port that was changed meanwhile is read again", async () => {
  const node = await nodeWith();
  const [before] = await node.ports();
  await node.api("PUT", `/v2.0/ports/${before?.id}`, { port: { name: "somebody's" } });
  const { id } = await add(node);
  await eventually(isNamed(node, id), "the port has the pod's name");
});

test("an answer that was lost is not asked for twice", async () => {
  const node = await nodeWith({ drop: "after-commit" });
  const { id } = await add(node);
  await eventually(settled(node), "Neutron knows the pod");
  expect(await isNamed(node, id)()).toBe(true);
  expect((await node.calls())["PUT ports"]).toBe(2);
});

test("a pod that is gone before Neutron was told is not told of", async () => {
  const node = await nodeWith();
  const pod = node.add(await node.target(), "web");
  if (pod === undefined) throw new Error("none was ready");
  expect(node.del(pod.key)).toBe(true);
  await eventually(() => node.manager.snapshot().counters.recycled === 1, "its port is hot again");
  expect((await node.calls())["PUT ports"]).toBeUndefined();
  expect(node.manager.snapshot().identityDue).toBe(0);
});

test("a port that was deleted under its pod is told, and not asked for again", async () => {
  const node = await nodeWith();
  const [before] = await node.ports();
  await node.api("DELETE", `/v2.0/ports/${before?.id}`);
  await add(node);
  await eventually(() => node.lost.length === 1, "it is told");
  expect(node.lost).toEqual(["skynet:web:eth0"]);
  expect(settled(node)()).toBe(true);
});

test("what Neutron refuses for one pod does not keep the others waiting", async () => {
  const node = await nodeWith({ status: 400, type: "HTTPBadRequest", message: "no such name" });
  await add(node);
  await eventually(
    async () => ((await node.api("GET", "/_sim/calls")).counts as Record<string, number>)["PUT ports"] === 1,
    "it is refused",
  );
  await eventually(() => node.states().hot === 1, "another port is hot");
  const other = node.add(await node.target(), "other");
  const isTold = async () => (await node.ports()).some(({ name }) => name === "default_other");
  expect(other).toBeDefined();
  await eventually(isTold, "Neutron knows the other pod");
  expect(node.manager.snapshot().identityDue).toBe(1);
});

test("the next agent tells what the one before could not", async () => {
  const node = await nodeWith({ status: 503 }, 0);
  const { id } = await add(node);
  await node.restart();
  await node.api("DELETE", "/_sim/faults");
  await eventually(isNamed(node, id), "the port has the pod's name");
});

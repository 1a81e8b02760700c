import { expect, test } from "bun:test";
import { silent } from "../../log.ts";
import { cleanUpAfterEach, eventually, type TestNode, testNode } from "../hot-ports/test-support.ts";
import { Reconciler } from "./reconciler.ts";

cleanUpAfterEach();

const ONE = { hot_ports_min: 1, hot_ports_max: 4, hot_ports_batch: 1 };

/** A node with a pod of which Neutron knows. */
async function withOnePod() {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const pod = node.add(await node.target());
  if (pod === undefined) throw new Error("none was ready");
  await eventually(() => node.manager.snapshot().identityDue === 0, "Neutron knows the pod");
  return { node, ...pod };
}

/** One comparison, after which Neutron is away. */
async function compareThenLose(node: TestNode): Promise<void> {
  const { world } = node;
  const reconciler = new Reconciler({
    open: async () => ({ home: world, all: [world] }),
    log: silent,
    intervalMs: 300_000,
  });
  expect(await reconciler.run()).toMatchObject({ neutron: "answered", failures: [] });
  await node.api("POST", "/_sim/faults", { times: 0, action: { status: 503 } });
}

test("a port whose groups were changed under its pod is no other pod's, though Neutron is away by then", async () => {
  const { node, key, port } = await withOnePod();
  await node.api("PUT", `/v2.0/ports/${port.id}`, { port: { security_groups: [] } });
  await compareThenLose(node);
  expect(node.del(key)).toBe(false);
});

test("nor is a port that somebody has deleted in Neutron", async () => {
  const { node, key, port } = await withOnePod();
  await node.api("DELETE", `/v2.0/ports/${port.id}`);
  await compareThenLose(node);
  node.del(key);
  const [row] = node.store.hotPorts.list().filter(({ portId }) => portId === port.id);
  expect(row).toMatchObject({ state: "cooling", port: { status: "DOWN" } });
});

test("a port that nobody has changed goes back to its pool", async () => {
  const { node, key } = await withOnePod();
  await compareThenLose(node);
  expect(node.del(key)).toBe(true);
});

import { expect, test } from "bun:test";
import { cleanUpAfterEach, eventually, testNode } from "./test-support.ts";

cleanUpAfterEach();

const TWO = { agent: { hot_ports_min: 2, hot_ports_max: 4, hot_ports_batch: 2 } };

test("when the project has another group, ports in the new set are made and the old ones deleted", async () => {
  const node = await testNode(TWO);
  await node.start();
  await eventually(() => node.states().hot === 2, "two ports are hot");
  const before = node.poolOf(await node.target());
  await node.api("POST", "/v2.0/security-groups", { security_group: { name: "new" } });
  node.store.cache.deletePrefix("neutron/security-groups");
  const target = await node.target();
  expect(node.add(target)).toBeUndefined();
  const after = node.poolOf(target);
  expect(after).not.toBe(before);
  await eventually(() => node.store.hotPorts.counts(after).hot >= 2, "the new pool is full");
  await eventually(() => node.store.hotPorts.list(before).length === 0, "the old ports are gone");
  const ports = await node.ports();
  expect(new Set(ports.map(({ security_groups }) => security_groups.length))).toEqual(new Set([2]));
  expect(node.manager.snapshot().pools.map(({ key, isDefault }) => [key, isDefault])).toEqual([
    [after, true],
  ]);
  expect(node.manager.snapshot().counters.deleted).toEqual({ retired: 2 });
});

test("a port whose groups were changed while it cooled is not used again", async () => {
  const node = await testNode({ agent: { ...TWO.agent, cooldown: 0.2 } });
  await node.start();
  await eventually(() => node.states().hot === 2, "two ports are hot");
  const pod = node.add(await node.target());
  if (pod === undefined) throw new Error("none was ready");
  expect(node.del(pod.key)).toBe(true);
  await node.api("PUT", `/v2.0/ports/${pod.port.id}`, { port: { security_groups: [] } });
  const isGone = async () => !(await node.ports()).some(({ id }) => id === pod.port.id);
  await eventually(isGone, "the changed port is deleted");
  await eventually(
    () => node.manager.snapshot().counters.deleted["security groups changed"] === 1,
    "it is counted",
  );
});

test("a pod whose groups were changed as last seen gives nothing back", async () => {
  const node = await testNode(TWO);
  await node.start();
  await eventually(() => node.states().hot === 2, "two ports are hot");
  const pod = node.add(await node.target());
  if (pod === undefined) throw new Error("none was ready");
  const record = node.store.attachments.get(pod.key);
  if (record === undefined) throw new Error("there is no row");
  expect(node.manager.takesBack(node.world, record)).toBe(true);
  const port = { ...pod.port, security_groups: [] };
  expect(node.manager.takesBack(node.world, { ...record, port })).toBe(false);
  const { pool: _pool, ...poolless } = record;
  expect(node.manager.takesBack(node.world, poolless)).toBe(false);
  expect(node.manager.takesBack(node.world, { ...record, pool: "unknown" })).toBe(false);
});

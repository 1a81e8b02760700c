import { expect, test } from "bun:test";
import { cleanUpAfterEach, eventually, type TestNode, testNode } from "./test-support.ts";

cleanUpAfterEach();

async function setQuota(node: TestNode, ports: number): Promise<void> {
  const { tenant } = await node.api("GET", "/v2.0/quotas/tenant");
  const { tenant_id } = tenant as { tenant_id: string };
  await node.api("PUT", `/v2.0/quotas/${tenant_id}`, { quota: { port: ports } });
}

const pool = (node: TestNode) => node.manager.snapshot().pools[0];

test("a used-up quota is told, and not asked for again and again", async () => {
  const node = await testNode({ agent: { hot_ports_min: 3, hot_ports_batch: 3 } });
  await setQuota(node, 2);
  await node.start();
  await eventually(() => pool(node)?.lastFailure !== undefined, "the quota is noticed");
  expect(pool(node)).toMatchObject({ ceiling: 0, counts: { making: 0, hot: 0 } });
  expect(pool(node)?.lastFailure?.message).toContain("raise the project's quota");
  expect(pool(node)?.pausedUntil).toBeGreaterThan(Date.now() + 10_000);
  expect((await node.calls())["POST ports"]).toBe(1);
  expect(await node.ports()).toEqual([]);
});

test("a pod that the quota has no room for gets that of a port without a pod, and the pool shrinks", async () => {
  const node = await testNode({ agent: { hot_ports_min: 4, hot_ports_max: 4, hot_ports_batch: 4 } });
  await node.start();
  await eventually(() => node.states().hot === 4, "four ports are hot");
  const target = await node.target({ "skynet/security_group_ids": crypto.randomUUID() });
  expect(await node.manager.makeRoom(node.world, target, "quota")).toBe(true);
  await eventually(() => Bun.deepEquals(node.states(), { hot: 1 }), "what was given up is gone");
  expect(await node.ports()).toHaveLength(1);
  expect(pool(node)).toMatchObject({ ceiling: 1 });
  expect(pool(node)?.lastFailure?.message).toBe(
    "ports without a pod were given up for pods: the quota of ports is used up",
  );
  expect(node.manager.snapshot().counters.deleted).toEqual({ "room for a pod": 1, surplus: 2 });
  expect(node.wiring.ends.size).toBe(1);
});

test("a pod whose subnet is full is not helped by ports of another", async () => {
  const node = await testNode({ agent: { hot_ports_min: 1, hot_ports_batch: 1 } });
  await node.start();
  await eventually(() => node.states().hot === 1, "one port is hot");
  const target = await node.target();
  const { world, manager } = node;
  const elsewhere = { ...target, network: { ...target.network, id: "elsewhere" } };
  expect(await manager.makeRoom(world, elsewhere, "addressesExhausted")).toBe(false);
  const otherSubnet = { ...target, fixedIps: [{ subnet_id: "other" }] };
  expect(await manager.makeRoom(world, otherSubnet, "addressesExhausted")).toBe(false);
  expect(node.states()).toEqual({ hot: 1 });
  expect(await manager.makeRoom(world, target, "addressesExhausted")).toBe(true);
  expect(await node.ports()).toEqual([]);
  expect(await manager.makeRoom(world, target, "addressesExhausted")).toBe(false);
});

test("an exhausted subnet leaves what there is, and makes no more for a while", async () => {
  const node = await testNode({ cidr: "10.1.0.0/29", agent: { hot_ports_min: 3, hot_ports_batch: 3 } });
  await node.start();
  await eventually(() => node.states().hot === 3, "three ports are hot");
  const target = await node.target();
  for (let pod = 0; pod < 3; pod++) expect(node.add(target)).toBeDefined();
  await eventually(() => pool(node)?.lastFailure !== undefined, "the exhaustion is noticed");
  expect(pool(node)?.lastFailure?.message).toContain("add a subnet");
  expect(await node.ports()).toHaveLength(3);
});

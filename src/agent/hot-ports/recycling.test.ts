import { expect, test } from "bun:test";
import { wallClock } from "../../clock.ts";
import { cleanUpAfterEach, eventually, testNode } from "./test-support.ts";

cleanUpAfterEach();

const ROUNDS = 5;
const PODS = 200;

test("a thousand pods cost Neutron at most 1.2 calls each, the pool's making included", async () => {
  const node = await testNode({
    clock: wallClock,
    agent: { hot_ports_min: PODS, hot_ports_max: 2 * PODS, hot_ports_batch: 50, cooldown: 0.05 },
  });
  await node.start();
  for (let round = 0; round < ROUNDS; round++) {
    await eventually(() => (node.states().hot ?? 0) >= PODS, "there is a port for each");
    const target = await node.target();
    const pods = Array.from({ length: PODS }, () => node.add(target));
    // None of the calls is saved by a pod that is gone before Neutron was told of it.
    await eventually(() => node.manager.snapshot().identityDue === 0, "Neutron knows all pods");
    for (const pod of pods) expect(pod !== undefined && node.del(pod.key)).toBe(true);
  }
  const calls = await node.calls();
  const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
  expect(total / (ROUNDS * PODS)).toBeLessThanOrEqual(1.2);
  const { counters } = node.manager.snapshot();
  expect(counters).toMatchObject({ deleted: {}, identified: ROUNDS * PODS });
  expect(counters.created).toBeLessThanOrEqual(2 * PODS);
  expect(counters.claims).toEqual({ hit: ROUNDS * PODS, miss: 0 });
}, 60_000);

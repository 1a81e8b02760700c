import { describe, expect, test } from "bun:test";
import { type Clock, wallClock } from "../../clock.ts";
import { cleanUpAfterEach, eventually, testNode } from "./test-support.ts";

cleanUpAfterEach();

test("while Neutron is away pods come from the pool and go; when it is back everything settles", async () => {
  const node = await testNode({ agent: { hot_ports_min: 3, hot_ports_max: 6, hot_ports_batch: 3 } });
  await node.start();
  await eventually(() => node.states().hot === 3, "three ports are hot");
  const target = await node.target();
  await node.api("POST", "/_sim/faults", { times: 0, action: { drop: "before-commit" } });
  const pods = [node.add(target, "a"), node.add(target, "b"), node.add(target, "c")];
  expect(node.add(target, "d")).toBeUndefined();
  const [gone, ...living] = pods.map((pod) => {
    if (pod === undefined) throw new Error("none was ready");
    return pod;
  });
  if (gone === undefined) throw new Error("there is no pod");
  expect(node.del(gone.key)).toBe(true);
  await eventually(
    () => node.manager.snapshot().pools[0]?.lastFailure !== undefined,
    "its absence is noticed",
  );
  expect(node.manager.snapshot()).toMatchObject({ identityDue: 2 });
  await node.api("DELETE", "/_sim/faults");
  await eventually(() => node.manager.snapshot().identityDue === 0, "Neutron knows the pods that live");
  await eventually(() => (node.states().hot ?? 0) >= 3, "the pool is full again");
  expect(node.manager.snapshot().pools[0]).not.toHaveProperty("lastFailure");
  // Of a creation that was never answered Neutron may yet make something: its rows stay for a minute.
  const isSettled = () => Object.keys(node.states()).every((state) => state === "hot" || state === "making");
  await eventually(isSettled, "all have settled");
  const ports = await node.ports();
  const known = [
    ...node.store.hotPorts.list().flatMap(({ portId }) => portId ?? []),
    ...living.map(({ port }) => port.id),
  ];
  expect(ports.map(({ id }) => id).sort()).toEqual(known.map(String).sort());
});

test("ports that are given up while Neutron is away stay known until they are deleted", async () => {
  const node = await testNode({ agent: { hot_ports_min: 2, hot_ports_batch: 2 } });
  await node.start();
  await eventually(() => node.states().hot === 2, "two ports are hot");
  await node.api("POST", "/_sim/faults", { times: 0, action: { status: 503 } });
  expect(await node.manager.releaseAll(AbortSignal.timeout(300))).toBe(2);
  expect(node.states()).toEqual({ leaving: 2 });
  await node.api("DELETE", "/_sim/faults");
  expect(await node.manager.releaseAll(AbortSignal.timeout(10_000))).toBe(0);
  expect(await node.ports()).toEqual([]);
  expect(node.wiring.ends.size).toBe(0);
});

/** Twenty seconds in one: between two looks at a Neutron that is away there are some. */
function racing(): Clock {
  const began = Date.now();
  return {
    now: () => began + (Date.now() - began) * 20,
    after: (ms, run) => wallClock.after(ms / 20, run),
  };
}

describe("a port that its pod leaves while Neutron is away", () => {
  const settings = { hot_ports_min: 1, hot_ports_max: 1, hot_ports_batch: 1, hot_ports_cooldown: 1 };

  async function withOnePod() {
    const node = await testNode({ agent: settings, clock: racing() });
    await node.start();
    await eventually(() => node.states().hot === 1, "a port is hot");
    const target = await node.target();
    await node.api("POST", "/_sim/faults", { times: 0, action: { status: 503 } });
    const pod = node.add(target);
    if (pod === undefined) throw new Error("none was ready");
    return { node, target, ...pod };
  }

  test("is the next one's, and Neutron is asked about it when it is back", async () => {
    const { node, target, key, port } = await withOnePod();
    expect(node.del(key)).toBe(true);
    await eventually(() => node.states().hot === 1, "it is ready again");
    const next = node.add(target);
    expect(next?.port.id).toBe(port.id);
    if (next) expect(node.del(next.key)).toBe(true);
    await eventually(() => node.states().hot === 1, "it is ready once more");
    await node.api("DELETE", "/_sim/faults");
    await node.api("PUT", `/v2.0/ports/${port.id}`, { port: { security_groups: [] } });
    await eventually(async () => (await node.ports()).every(({ id }) => id !== port.id), "it is deleted");
  });

  test("waits for Neutron where it had to be wired anew", async () => {
    const { node, key, port } = await withOnePod();
    node.wiring.vacates = "rewired";
    expect(node.del(key)).toBe(true);
    await node.calls();
    await eventually(
      async () => (await node.calls())["GET ports"] !== undefined,
      "Neutron is asked about it",
    );
    expect(node.states()).toEqual({ cooling: 1 });
    await node.api("DELETE", "/_sim/faults");
    await eventually(() => node.states().hot === 1, "it is ready again");
    expect(node.store.hotPorts.list()[0]?.portId).toBe(port.id);
  });
});

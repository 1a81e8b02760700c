import { expect, test } from "bun:test";
import { wallClock } from "../../clock.ts";
import { cleanUpAfterEach, eventually, testNode } from "./test-support.ts";

cleanUpAfterEach();

const ONE = { hot_ports_min: 1, hot_ports_max: 1, hot_ports_batch: 1 };
const LATE_COMMIT_MS = 60_000;

test("a port whose creation was never answered is found and deleted", async () => {
  const node = await testNode({ agent: ONE });
  const lost = { match: { method: "POST", path: "/ports$" }, action: { drop: "after-commit" } };
  const blind = { match: { method: "GET", path: "/ports.*device_id=" }, action: { status: 500 }, times: 3 };
  for (const fault of [lost, blind]) await node.api("POST", "/_sim/faults", fault);
  await node.start();
  await eventually(() => node.manager.snapshot().counters.deleted.unfinished === 1, "it is deleted");
  await eventually(() => node.states().hot === 1, "there is another");
  expect(await node.ports()).toHaveLength(1);
});

test("a row whose port never came is kept as long as Neutron may yet make it", async () => {
  let aheadMs = 0;
  const clock = {
    now: () => Date.now() + aheadMs,
    after: (_ms: number, run: () => void) => wallClock.after(10, run),
  };
  const node = await testNode({ agent: ONE, clock });
  node.store.pools.asked({ key: "p", network: "pods", endpoint: "neutron", spec: {} });
  node.store.hotPorts.making("p", "pods", ["skynet:pool:1"]);
  const lookedFor = async () => {
    const { log } = await node.api("GET", "/_sim/calls");
    return (log as { path: string }[]).filter(({ path }) => path.includes("skynet%3Apool%3A1")).length;
  };
  await node.start();
  await eventually(async () => (await lookedFor()) > 0, "it is looked for");
  expect(node.store.hotPorts.counts("p").making).toBe(1);
  aheadMs = LATE_COMMIT_MS + 1_000;
  await eventually(() => node.store.hotPorts.counts("p").making === 0, "it is forgotten");
});

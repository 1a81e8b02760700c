import { afterEach, expect, test } from "bun:test";
import { cleanUpAfterEach, eventually, testNode } from "./test-support.ts";

cleanUpAfterEach();
const realNow = Date.now;
afterEach(() => {
  Date.now = realNow;
});

const ONE = { hot_ports_min: 1, hot_ports_max: 1, hot_ports_batch: 1 };

test("a clock that is put back does not keep a removed pod's port for as long", async () => {
  const node = await testNode({ agent: ONE });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const target = await node.target();
  const recycle = async (jumpMs: number) => {
    const pod = node.add(target);
    if (pod === undefined) throw new Error("none was ready");
    expect(node.del(pod.key)).toBe(true);
    Date.now = () => realNow() + jumpMs;
    await eventually(() => node.states().hot === 1, "it is ready again");
  };
  await recycle(0);
  await recycle(-3_600_000);
});

/** Every verb through the agent of a node. Runs inside a lab's control namespace, on the simulator. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { AgentScene } from "./scene.ts";

let scene: AgentScene;
beforeAll(async () => {
  scene = await AgentScene.open();
});
afterEach(() => scene.reset());
afterAll(() => scene.reset());

test("a pod is attached, checked and detached by the agent", async () => {
  await scene.agent.start();
  const pod = await scene.addPod();
  expect(await scene.call("STATUS", undefined)).toMatchObject({ kind: "success" });
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success", stderr: "" });
  expect(scene.rows()).toMatchObject([{ state: "attached", owner: { pid: scene.agent.pid } }]);
  expect(await pod.ping("10.50.0.1")).toBeGreaterThan(0);
  expect(await scene.call("CHECK", pod)).toMatchObject({ kind: "success" });
  expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
  expect(await scene.collect()).toMatchObject({ kind: "success" });
  expect(await scene.leaks()).toEqual([]);
});

test("the socket is root's alone", async () => {
  await scene.agent.start();
  expect(statSync(scene.agent.socketPath).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(scene.agent.socketPath)).mode & 0o777).toBe(0o700);
});

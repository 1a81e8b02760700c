/** Pods get ports that were there before them, through plugin, agent and simulator. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { agentSocket } from "../../../lab/agent-process.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { AgentState } from "../../../src/agent/state.ts";
import { AgentScene } from "./scene.ts";

let scene: AgentScene;

beforeAll(async () => {
  scene = await AgentScene.open();
});
afterEach(async () => {
  await scene.reset();
});
afterAll(async () => {
  expect(await scene.leaks()).toEqual([]);
});

test("an ADD with a port ready asks Neutron nothing, and Neutron learns afterwards whose it is", async () => {
  await startWith({ hot_ports_min: 3, hot_ports_max: 6 });
  await ready(3);
  const pod = await scene.addPod();
  await scene.cloud.forgetCalls();
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success" });
  const calls = await scene.cloud.latestCalls(10);
  expect(calls.filter((call) => !call.startsWith("PUT"))).toEqual([]);
  await waitFor("port that carries its pod", async () => {
    const ports = await scene.ports();
    return ports.some(({ device_id }) => device_id === `skynet:${pod.containerId}:eth0`);
  });
  expect(await scene.call("CHECK", pod)).toMatchObject({ kind: "success" });
  expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
});

async function startWith(agent: object): Promise<void> {
  scene.addNetwork("home", "required", { agent: { socket: agentSocket(scene.node), ...agent } });
  await scene.agent.start();
}

async function state(): Promise<AgentState> {
  return JSON.parse((await scene.agent.get("/debug/state")).body);
}

async function ready(count: number): Promise<void> {
  await waitFor(`${count} ports that are ready`, async () => {
    const { hotPorts } = await state();
    return hotPorts.reduce((sum, { counts }) => sum + counts.hot, 0) >= count;
  });
}

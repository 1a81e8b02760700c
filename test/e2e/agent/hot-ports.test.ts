/** Pods get ports that were there before them, through plugin, agent and simulator. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { agentSocket } from "../../../lab/agent-process.ts";
import { checkout, inNamespace } from "../../../lab/layout.ts";
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

/** When the agent answered to its latest call of a verb. */
function servedAt(verb: string): string | undefined {
  const served = scene.agent
    .log()
    .split("\n")
    .findLast((line) => line.includes(" served ") && line.includes(` verb=${verb} `));
  return served?.split(" ")[0];
}

test("an ADD with a port ready asks Neutron nothing, and Neutron learns afterwards whose it is", async () => {
  await startWith({ hot_ports_min: 3, hot_ports_max: 6 });
  await ready(3);
  const pod = await scene.addPod();
  await scene.cloud.forgetCalls();
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success" });
  // By the agent's clock: as soon as the pod has its answer, the pool is filled again.
  const answered = await waitFor("record of the answer", async () => servedAt("ADD"));
  const calls = await scene.cloud.latestCalls(10);
  expect(calls.filter((call) => call < answered)).toEqual([]);
  await waitFor("port that carries its pod", async () => {
    const ports = await scene.ports();
    return ports.some(({ device_id }) => device_id === `skynet:${pod.containerId}:eth0`);
  });
  expect(await scene.call("CHECK", pod)).toMatchObject({ kind: "success" });
  expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
});

test("a deleted pod's port is the next one's after its pause, and Neutron makes none", async () => {
  await startWith({ hot_ports_min: 0, hot_ports_max: 2, hot_ports_cooldown: 1 });
  const first = await scene.addPod();
  expect(await scene.call("ADD", first)).toMatchObject({ kind: "success" });
  const [port] = await scene.ports();
  expect(await scene.call("DEL", first)).toMatchObject({ kind: "success" });
  expect((await scene.ports()).map(({ id }) => id)).toEqual([port?.id ?? ""]);
  await ready(1);
  const second = await scene.addPod();
  expect(await scene.call("ADD", second)).toMatchObject({ kind: "success" });
  await waitFor("port that carries its second pod", async () => {
    const [now] = await scene.ports();
    return now?.id === port?.id && now?.device_id === `skynet:${second.containerId}:eth0`;
  });
  expect(await scene.call("DEL", second)).toMatchObject({ kind: "success" });
});

test("status tells of the agent, and release deletes what waits once it has stopped", async () => {
  await startWith({ hot_ports_min: 2, hot_ports_max: 4 });
  await ready(2);
  const running = await skynet("status");
  expect(running).toMatchObject({ status: 0, stderr: "" });
  expect(running.stdout).toMatch(/^AGENT +ready; version \S+, process \d+, for \S+, \d+ MB$/m);
  expect(running.stdout).toMatch(/^HOT PORTS OF +GROUPS +READY +WANTED/m);
  expect(await skynet("release")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("stop it first"),
  });
  await scene.agent.stop();
  const absent = await skynet("status");
  expect(absent.status).toBe(1);
  expect(absent.stdout).toContain("AGENT        not running: nobody listens on");
  expect(absent.stdout).toContain("start it (skynet agent)");
  expect((await skynet("release")).stdout).toMatch(/^network "home": [2-9] ports released$/m);
  expect(await scene.ports()).toEqual([]);
});

async function skynet(command: string): Promise<{ status: number; stdout: string; stderr: string }> {
  const argv = [join(checkout, "dist/skynet"), command, "--config", scene.configFile];
  const child = Bun.spawn(inNamespace(scene.node.namespace, argv), { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { status, stdout, stderr };
}

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

/** Agent or plugin ends in the middle of a call. Runs in a lab's control namespace, on the simulator. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { waitFor } from "../../../lab/wait.ts";
import { AgentScene } from "./scene.ts";

let scene: AgentScene;
beforeAll(async () => {
  scene = await AgentScene.open();
});
afterEach(() => scene.reset());
afterAll(() => scene.reset());

const SUCCESS = { kind: "success" };
const LOST = {
  kind: "error",
  error: {
    code: 11,
    msg: expect.stringContaining("the agent failed at this call"),
    details: expect.any(String),
  },
};
const CREATION = { match: { method: "POST", path: "^/v2.0/ports" } };
const DELETION = { match: { method: "DELETE", path: "^/v2.0/ports" } };

describe.each(["required", "auto"] as const)("%s: the agent is killed", (mode) => {
  test.each([
    ["before", true],
    ["after", "after-commit"],
  ] as const)(
    "in an ADD %s Neutron has made the port: code 11, and the DEL leaves nothing",
    async (_, hang) => {
      scene.addNetwork("own", mode);
      await scene.agent.start();
      await scene.cloud.addFault({ ...CREATION, action: { hang } });
      const pod = await scene.addPod();
      const adding = scene.call("ADD", pod, "own");
      await scene.cloud.faultHit();
      await scene.agent.kill();
      expect(await adding).toMatchObject(LOST);
      await scene.cloud.clearFaults();
      if (mode === "required") await scene.agent.start();
      expect(await scene.call("DEL", pod, "own")).toMatchObject(SUCCESS);
      expect(await scene.leaks()).toEqual([]);
    },
  );

  test("in a DEL", async () => {
    scene.addNetwork("own", mode);
    await scene.agent.start();
    const pod = await scene.addPod();
    expect(await scene.call("ADD", pod, "own")).toMatchObject(SUCCESS);
    await scene.cloud.addFault({ ...DELETION, action: { hang: true } });
    const removing = scene.call("DEL", pod, "own");
    await scene.cloud.faultHit();
    await scene.agent.kill();
    expect(await removing).toMatchObject(mode === "auto" ? SUCCESS : LOST);
    if (mode === "required") {
      await scene.agent.start();
      expect(await scene.call("DEL", pod, "own")).toMatchObject(SUCCESS);
    }
    expect(await scene.leaks()).toEqual([]);
  });
});

describe("the plugin is killed", () => {
  test("in an ADD: the agent takes back what it has made", async () => {
    scene.addNetwork("own", "required", { neutron: { wait_active: true } });
    await scene.agent.start();
    await scene.cloud.addFault({ match: { method: "GET", path: "^/v2.0/ports/" }, action: { hang: true } });
    const pod = await scene.addPod();
    const adding = scene.call("ADD", pod, "own");
    await scene.cloud.faultHit();
    expect(await scene.ports()).toHaveLength(1);
    scene.killPlugin(pod);
    expect(await adding).toMatchObject({ kind: "crash" });
    await waitFor("undo", async () => (await scene.ports()).length === 0);
    await waitFor("end of the row", () => scene.rows().length === 0);
    expect(scene.agent.log()).toContain("the runtime has ended the plugin");
    expect(await scene.leaks()).toEqual([]);
  });

  test("in an ADD that waits for its turn: nothing is begun", async () => {
    scene.addNetwork("home", "required", { log_level: "debug" });
    await scene.agent.start();
    await scene.cloud.addFault({ ...CREATION, times: 0, action: { hang: true } });
    const pod = await scene.addPod();
    const stuck = new AbortController();
    for (let index = 0; index < 32; index++) {
      scene
        .send({ verb: "ADD", containerId: `stuck${index}`, pod, signal: stuck.signal })
        .catch(() => undefined);
    }
    await waitFor("all at work", () => scene.rows().length === 32);
    const adding = scene.call("ADD", pod);
    const container = pod.containerId.slice(0, 13);
    const said = (words: string) => new RegExp(`${words}.*${container}`).test(scene.agent.log());
    await waitFor("its place in the line", () => said("waits for its turn"));
    scene.killPlugin(pod);
    expect(await adding).toMatchObject({ kind: "crash" });
    await waitFor("end of the ADD", () => said("INFO  failed"));
    expect(scene.rows().map(({ containerId }) => containerId)).not.toContain(pod.containerId);
    stuck.abort();
    await waitFor("undo", () => scene.rows().length === 0, { timeout: 30_000 });
    await scene.cloud.clearFaults();
    expect(await scene.leaks()).toEqual([]);
  });

  test("in a DEL: the agent goes on with it", async () => {
    await scene.agent.start();
    const pod = await scene.addPod();
    expect(await scene.call("ADD", pod)).toMatchObject(SUCCESS);
    await scene.cloud.addFault({ ...DELETION, action: { delay_ms: 500 } });
    const removing = scene.call("DEL", pod);
    await scene.cloud.faultHit();
    scene.killPlugin(pod);
    expect(await removing).toMatchObject({ kind: "crash" });
    await waitFor("end of the row", () => scene.rows().length === 0);
    expect(await scene.ports()).toEqual([]);
    expect(await scene.leaks()).toEqual([]);
  });
});

test("a DEL while the ADD is at work in the agent: the ADD takes everything back and fails with 11", async () => {
  await scene.agent.start();
  await scene.cloud.addFault({ ...CREATION, action: { delay_ms: 1_000 } });
  const pod = await scene.addPod();
  const adding = scene.call("ADD", pod);
  await scene.cloud.faultHit();
  expect(await scene.call("ADD", pod)).toMatchObject({
    error: { code: 11, msg: expect.stringContaining("an earlier ADD") },
  });
  expect(await scene.call("DEL", pod)).toMatchObject(SUCCESS);
  expect(await scene.call("ADD", pod)).toMatchObject({ error: { code: 11 } });
  expect(await adding).toMatchObject({ kind: "error", error: { code: 11 } });
  expect(await scene.leaks()).toEqual([]);
});

test("the deadline counts from the plugin's start", async () => {
  await scene.agent.start();
  const pod = await scene.addPod();
  const startedAt = Date.now() - 120_000;
  const creations = async () => (await scene.cloud.latestCalls(1_000)).filter((call) => / POST /.test(call));
  const before = await creations();
  const { status, answer } = await scene.send({ verb: "ADD", containerId: "late", pod, startedAt });
  expect(status).toBe(500);
  expect(answer).toMatchObject({
    code: 11,
    msg: expect.stringContaining("ADD was not done within its 120 s"),
  });
  expect(await creations()).toEqual(before);
  expect(await scene.leaks()).toEqual([]);
});

test("the deadline of an ADD that Neutron holds up ends it, with everything taken back", async () => {
  scene.addNetwork("own", "required", { deadlines: { add: 2 } });
  await scene.agent.start();
  await scene.cloud.addFault({ ...CREATION, action: { hang: "after-commit" } });
  const pod = await scene.addPod();
  expect(await scene.call("ADD", pod, "own")).toMatchObject({ kind: "error", error: { code: 11 } });
  expect(await scene.ports()).toEqual([]);
  expect(await scene.leaks()).toEqual([]);
});

test("an agent that is told to end finishes what is at work, and takes no more", async () => {
  await scene.agent.start();
  await scene.cloud.addFault({ ...CREATION, action: { delay_ms: 1_000 } });
  const [pod, next] = [await scene.addPod(), await scene.addPod()];
  const adding = scene.call("ADD", pod);
  await scene.cloud.faultHit();
  const stopping = scene.agent.stop();
  await waitFor("end of the socket", async () => (await scene.agent.readiness()) === "absent");
  expect(await scene.call("ADD", next)).toMatchObject({
    error: { code: 11, msg: expect.stringContaining("the agent is not running") },
  });
  expect(await adding).toMatchObject(SUCCESS);
  await stopping;
  expect(scene.agent.log(3)).toContain("the agent has stopped");
  await scene.agent.start();
  expect(await scene.call("DEL", pod)).toMatchObject(SUCCESS);
  expect(await scene.leaks()).toEqual([]);
});

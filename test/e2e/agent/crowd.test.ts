/** More calls than the agent takes at once, and networks that are stuck beside one that is well. Simulator. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { threadNames } from "../../../lab/proc.ts";
import { waitFor } from "../../../lab/wait.ts";
import { AgentScene, type Sent } from "./scene.ts";

let scene: AgentScene;
beforeAll(async () => {
  scene = await AgentScene.open();
});
beforeEach(async () => {
  await scene.agent.start();
  // Who waits for ACTIVE waits for long: nobody wires the ports.
  await scene.cloud.set({ activation: "manual" });
});
afterEach(async () => {
  await scene.cloud.set({ activation: "immediate" });
  await scene.reset();
});
afterAll(() => scene.reset());

const SUCCESS = { kind: "success" };

/** ADDs of one network that nobody answers before they are ended. */
async function addCrowd(network: string, count: number) {
  scene.addNetwork(network, "required", { neutron: { wait_active: true } });
  const pod = await scene.addPod();
  const leave = new AbortController();
  const answered: Sent[] = [];
  for (let index = 0; index < count; index++) {
    const call = {
      verb: "ADD",
      containerId: `${network}-${index}`,
      ifname: `e${index}`,
      pod,
      network,
    } as const;
    scene
      .send({ ...call, signal: leave.signal })
      .then((sent) => answered.push(sent))
      .catch(() => undefined);
  }
  return { answered, leave: () => leave.abort() };
}

test("too many ADDs of one network: the rest gets code 11, while DELs and other networks are served", async () => {
  const pod = await scene.addPod();
  expect(await scene.call("ADD", pod)).toMatchObject(SUCCESS);
  const crowd = await addCrowd("stuck", 130);
  await waitFor("refusals", () => crowd.answered.length === 2);
  for (const { status, answer } of crowd.answered) {
    expect(status).toBe(503);
    expect(answer).toMatchObject({
      code: 11,
      msg: expect.stringContaining('128 pods of the network "stuck"'),
    });
  }
  expect(await scene.call("DEL", pod)).toMatchObject(SUCCESS);
  const other = await scene.addPod();
  expect(await scene.call("ADD", other)).toMatchObject(SUCCESS);
  expect(await scene.call("DEL", other)).toMatchObject(SUCCESS);
  crowd.leave();
  await waitFor("end of the crowd", () => scene.rows().length === 0);
  expect(crowd.answered).toHaveLength(2);
  expect(await scene.leaks()).toEqual([]);
});

test("networks that are stuck use up all turns, and still hold up no other", async () => {
  const crowds = await Promise.all(["stuck1", "stuck2", "stuck3"].map((network) => addCrowd(network, 40)));
  await waitFor("all turns in use", () => scene.rows().length > 64);
  for (const pod of await scene.addPods(3)) {
    expect(await scene.call("ADD", pod)).toMatchObject(SUCCESS);
    expect(await scene.call("DEL", pod)).toMatchObject(SUCCESS);
  }
  for (const crowd of crowds) crowd.leave();
  await waitFor("end of the crowds", () => scene.rows().length === 0);
  expect(await scene.leaks()).toEqual([]);
});

test("pods that are detached at once wait for the kernel together, on however small a node", async () => {
  const pods = await scene.addPods(8);
  for (const pod of pods) expect(await scene.call("ADD", pod)).toMatchObject(SUCCESS);
  expect(await Promise.all(pods.map((pod) => scene.call("DEL", pod)))).toEqual(
    pods.map(() => expect.objectContaining(SUCCESS)),
  );
  // Bun keeps as many threads as there have been calls at a time; by itself no more than there are processors.
  const threads = threadNames(scene.agent.pid ?? 0).filter((name) => name.startsWith("Bun Pool"));
  expect(threads.length).toBeGreaterThan(2);
  expect(await scene.leaks()).toEqual([]);
});

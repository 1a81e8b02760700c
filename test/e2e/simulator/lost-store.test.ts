/** A node whose store is gone: what the runtime and Neutron know must do. Runs inside a lab's control namespace. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Pod } from "../../../lab/pod.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open("lost");
});
afterAll(() => scene.close());
beforeEach(() => scene.reset());

const SUCCESS = { kind: "success" };
const NOTHING = { ports: [], links: [], rows: [], waiting: [] };

async function attached(count: number): Promise<Pod[]> {
  const pods: Pod[] = [];
  for (let made = 0; made < count; made++) {
    const pod = await scene.addPod();
    expect(await scene.call("ADD", pod)).toMatchObject(SUCCESS);
    pods.push(pod);
  }
  return pods;
}

test("DEL finds everything by the container's id, with and without what ADD answered", async () => {
  const [remembered, forgotten, rebooted] = (await attached(3)) as [Pod, Pod, Pod];
  scene.loseStore();
  expect(await scene.call("DEL", remembered)).toMatchObject(SUCCESS);
  await forgotten.remove();
  expect(await scene.call("DEL", forgotten, { forgotten: true })).toMatchObject(SUCCESS);
  await rebooted.remove();
  expect(await scene.call("DEL", rebooted)).toMatchObject(SUCCESS);
  expect(await scene.collect()).toMatchObject(SUCCESS);
  expect(await scene.settled()).toEqual(NOTHING);
});

test("CHECK goes by what ADD answered", async () => {
  const [pod] = (await attached(1)) as [Pod];
  scene.loseStore();
  expect(await scene.call("CHECK", pod)).toMatchObject(SUCCESS);
  await pod.run(["ip", "link", "set", "eth0", "down"]);
  expect(await scene.call("CHECK", pod)).toMatchObject({ kind: "error", error: { code: 106 } });
});

test("GC removes what the runtime does not list, and leaves what it lists at work", async () => {
  const [first, second, third] = (await attached(3)) as [Pod, Pod, Pod];
  scene.loseStore();
  expect(await scene.collect([first, third])).toMatchObject(SUCCESS);
  const { ports } = await scene.settled();
  expect(ports.map(({ device_id }) => device_id).sort()).toEqual(
    [first, third].map(({ containerId }) => `skynet:${containerId}:eth0`).sort(),
  );
  expect(await second.links()).toEqual([expect.objectContaining({ ifname: "lo" })]);
  for (const pod of [first, third]) {
    expect(await scene.call("CHECK", pod)).toMatchObject(SUCCESS);
    expect(await pod.ping("10.50.0.1")).toBeGreaterThan(0);
    expect(await scene.call("DEL", pod)).toMatchObject(SUCCESS);
  }
  expect(await scene.collect()).toMatchObject(SUCCESS);
  expect(await scene.settled()).toEqual(NOTHING);
});

test("an ADD begun before and killed is removed by GC", async () => {
  await scene.cloud.addFault({ match: { method: "GET", path: "^/v2.0/ports/" }, action: { hang: true } });
  const pod = await scene.addPod();
  const adding = scene.call("ADD", pod);
  await scene.cloud.faultHit();
  scene.kill(pod, "ADD");
  await adding;
  await scene.cloud.clearFaults();
  scene.loseStore();
  expect(await scene.collect()).toMatchObject(SUCCESS);
  expect(await scene.settled()).toEqual(NOTHING);
});

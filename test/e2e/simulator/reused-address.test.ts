/** An address that goes from one pod to the next. Runs inside a lab's control namespace. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open("reused");
  await scene.reset();
});
afterAll(() => scene.close());

test.each([
  ["10.50.0.220", "-4"],
  ["fd50:0:0:1::220", "-6"],
])("%s: neighbours that know it from the pod before reach the new pod at once", async (address, family) => {
  const annotations = { "skynet/ip": address };
  const neighbour = await scene.addPod();
  expect(await scene.call("ADD", neighbour)).toMatchObject({ kind: "success" });
  const macs = new Set<string>();
  for (let turn = 0; turn < 2; turn++) {
    const pod = await scene.addPod({ annotations });
    expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success" });
    expect(await neighbour.ping(address, { count: 1, timeout: 2 })).toBe(1);
    macs.add(await neighbour.run(["ip", family, "neighbour", "show", "to", address]).then(macOf));
    expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
  }
  expect(macs.size).toBe(2);
});

function macOf(neighbour: string): string {
  return /lladdr ([0-9a-f:]+)/.exec(neighbour)?.[1] ?? "";
}

/**
 * An ADD killed at each step, and each of those who must clean up after it. Steps are pinned by calls of the API that do not
 * return. Runs inside a lab's control namespace, on the simulator.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Leftovers, Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open("kill");
});
afterAll(() => scene.close());
beforeEach(() => scene.reset());

const NOTHING: Leftovers = { ports: [], links: [], rows: [], waiting: [] };

/** Where an ADD is when it is killed, by the call it waits for, and what is there then. */
const STEPS = [
  {
    step: "reading the network, nothing made",
    fault: { match: { method: "GET", path: "^/v2.0/networks/" }, action: { hang: true } },
    there: { ports: 0, links: 0 },
  },
  {
    step: "the port's creation sent and not carried out",
    fault: { match: { method: "POST", path: "^/v2.0/ports" }, action: { hang: true } },
    there: { ports: 0, links: 0 },
  },
  {
    step: "the port made and the answer lost",
    fault: { match: { method: "POST", path: "^/v2.0/ports" }, action: { hang: "after-commit" } },
    there: { ports: 1, links: 0 },
  },
  {
    step: "the port plugged and not ACTIVE yet",
    fault: { match: { method: "GET", path: "^/v2.0/ports/" }, action: { hang: true } },
    there: { ports: 1, links: 2 },
  },
] as const;

describe.each(STEPS)("an ADD killed at: $step", ({ fault, there }) => {
  async function killAdd() {
    await scene.cloud.addFault(fault);
    const pod = await scene.addPod();
    const adding = scene.call("ADD", pod);
    await scene.cloud.faultHit();
    scene.kill(pod, "ADD");
    expect(await adding).toMatchObject({ kind: "crash", signal: "SIGKILL" });
    await scene.cloud.clearFaults();
    const { ports, links, rows } = await scene.leftovers();
    expect({ ports: ports.length, links: links.length, rows: rows.length }).toEqual({ ...there, rows: 1 });
    return pod;
  }

  test("the DEL that follows removes it", async () => {
    const pod = await killAdd();
    expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
    expect(await scene.settled()).toEqual(NOTHING);
  });

  test("a DEL without netns and prevResult removes it", async () => {
    const pod = await killAdd();
    await pod.remove();
    expect(await scene.call("DEL", pod, { forgotten: true })).toMatchObject({ kind: "success" });
    expect(await scene.settled()).toEqual(NOTHING);
  });

  test("GC removes it", async () => {
    await killAdd();
    expect(await scene.collect()).toMatchObject({ kind: "success" });
    expect(await scene.settled()).toEqual(NOTHING);
  });

  test("another ADD of the same container takes its place", async () => {
    const pod = await killAdd();
    expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success" });
    const { ports, rows, waiting } = await scene.settled();
    expect(ports).toEqual([expect.objectContaining({ status: "ACTIVE" })]);
    expect(rows).toEqual([expect.objectContaining({ state: "attached", portId: ports[0]?.id })]);
    expect(waiting).toEqual([]);
    expect(await pod.ping("10.50.0.1")).toBeGreaterThan(0);
    expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
    expect(await scene.settled()).toEqual(NOTHING);
  });
});

describe("a DEL while the ADD still runs", () => {
  test.each([
    ["waits for the port's creation", { method: "POST", path: "^/v2.0/ports" }],
    ["waits for ACTIVE", { method: "GET", path: "^/v2.0/ports/" }],
  ])("and %s: the ADD takes everything back and fails with 11", async (_, match) => {
    await scene.cloud.addFault({ match, action: { delay_ms: 1_000 } });
    const pod = await scene.addPod();
    const adding = scene.call("ADD", pod);
    await scene.cloud.faultHit();
    expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
    expect(await adding).toMatchObject({ kind: "error", error: { code: 11 } });
    expect(await scene.settled()).toEqual(NOTHING);
  });

  test("and is killed afterwards: nothing is left either", async () => {
    await scene.cloud.addFault({
      match: { method: "POST", path: "^/v2.0/ports" },
      action: { delay_ms: 1_000, hang: "after-commit" },
    });
    const pod = await scene.addPod();
    const adding = scene.call("ADD", pod);
    await scene.cloud.faultHit();
    expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
    await scene.portMade();
    scene.kill(pod, "ADD");
    await adding;
    expect(await scene.settled()).toEqual(NOTHING);
  });
});

test("a late DEL of an old sandbox does not meet the port of the new one with the same pod", async () => {
  const old = await scene.addPod({ uid: "0b7ee5d4-6f3a-4a38-9d5b-1f7c2f1a9e10", as: "web-0" });
  const fresh = await scene.addPod({ uid: "0b7ee5d4-6f3a-4a38-9d5b-1f7c2f1a9e10", as: "web-0" });
  expect(await scene.call("ADD", old)).toMatchObject({ kind: "success" });
  expect(await scene.call("ADD", fresh)).toMatchObject({ kind: "success" });
  expect(await scene.call("DEL", old, { forgotten: true })).toMatchObject({ kind: "success" });
  const { ports } = await scene.settled();
  expect(ports).toEqual([expect.objectContaining({ device_id: `skynet:${fresh.containerId}:eth0` })]);
  expect(await fresh.ping("10.50.0.1")).toBeGreaterThan(0);
});

test("a second ADD of what is attached is refused, and leaves it as it is", async () => {
  const pod = await scene.addPod();
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success" });
  const before = await scene.leftovers();
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "error", error: { code: 4 } });
  expect(await scene.leftovers()).toEqual(before);
  expect(await pod.ping("10.50.0.1")).toBeGreaterThan(0);
});

/** Many pods at once on a node where nothing is prepared: no store, no bridge. Runs inside a lab's control namespace. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Outcome } from "../../../lab/plugin-process.ts";
import type { Pod } from "../../../lab/pod.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open("parallel");
});
afterAll(() => scene.close());
beforeEach(() => scene.reset());

const addPods = (count: number): Promise<Pod[]> =>
  Promise.all(Array.from({ length: count }, () => scene.addPod()));

const callAll = (verb: "ADD" | "CHECK" | "DEL", pods: readonly Pod[]): Promise<Outcome[]> =>
  Promise.all(pods.map((pod) => scene.call(verb, pod)));

/** What the failed ones said. */
const failures = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) => (outcome.kind === "success" ? [] : [outcome.stdout + outcome.stderr]));

test.each([10, 50])(
  "%d pods at once are attached, each with its own port, and detached at once",
  async (count) => {
    const pods = await addPods(count);
    const added = await callAll("ADD", pods);
    expect(failures(added)).toEqual([]);
    const { ports, rows } = await scene.leftovers();
    expect(new Set(ports.map(({ device_id }) => device_id)).size).toBe(count);
    expect(ports).toHaveLength(count);
    expect(rows.map(({ state }) => state)).toEqual(Array(count).fill("attached"));
    expect(failures(await callAll("CHECK", pods))).toEqual([]);
    expect(await pods[0]?.ping(addressOf(added.at(-1)))).toBeGreaterThan(0);
    expect(failures(await callAll("DEL", pods))).toEqual([]);
    expect(await scene.leftovers()).toEqual({ ports: [], links: [], rows: [], waiting: [] });
  },
);

test("pods that come and go at the same time do not take each other's bridge away", async () => {
  const leaving = await addPods(10);
  expect(failures(await callAll("ADD", leaving))).toEqual([]);
  const coming = await addPods(10);
  const [gone, come] = await Promise.all([callAll("DEL", leaving), callAll("ADD", coming)]);
  expect(failures([...gone, ...come])).toEqual([]);
  expect(failures(await callAll("CHECK", coming))).toEqual([]);
  for (const pod of coming) expect(await pod.ping("10.50.0.1", { count: 1 })).toBe(1);
  expect(failures(await callAll("DEL", coming))).toEqual([]);
  expect(await scene.leftovers()).toEqual({ ports: [], links: [], rows: [], waiting: [] });
});

function addressOf(outcome: Outcome | undefined): string {
  const result = outcome?.kind === "success" ? outcome.result : undefined;
  const [first] = (result?.ips ?? []) as { address: string }[];
  return first?.address.split("/")[0] ?? "";
}

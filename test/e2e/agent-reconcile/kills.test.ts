/**
 * An ADD, a DEL and a GC are killed before each of their steps, as in the crash tests; here no runtime comes back, and the
 * agent alone clears away what they left. Runs inside the control namespace of a lab with the simulator, and tries the wirings
 * that its nodes are for.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { Lab } from "../../../lab/lab.ts";
import type { Pod } from "../../../lab/pod.ts";
import type { Report } from "../../../src/agent/reconcile/report.ts";
import { Scene, type Verb } from "../crash/scene.ts";
import { type CrashedWiring, chosenWirings } from "../crash/wirings.ts";

// Every step of a call, each with a process that is killed and another that clears up.
setDefaultTimeout(600_000);

/** Of a call that was killed before it changed anything, or when nothing but the answer was missing. */
const IS_ATTACHED = /^\+ store: .* is attached$/;

const { nodes } = Lab.attach();
const wirings = chosenWirings().filter((wiring) => nodes.some(({ kind }) => kind === wiring.node));

test.each(wirings.flatMap((wiring) => (["ADD", "DEL", "GC"] as const).map((verb) => ({ wiring, verb }))))(
  "$wiring.name: whatever a killed $verb leaves, the agent clears away",
  async ({ wiring, verb }) => {
    await using scene = await Scene.open(wiring);
    /** How often the pod was attached after all, and stayed so. */
    let attached = 0;
    for (let nth = 1; ; nth++) {
      const pod = await scene.addPod();
      if (verb !== "ADD") await succeed(scene, "ADD", pod);
      const { outcome, steps } = await scene.callUntil(nth, verb, pod);
      if (outcome.kind === "success") {
        await succeed(scene, "DEL", pod);
        break;
      }
      expect(outcome).toMatchObject({ kind: "crash", signal: "SIGKILL" });
      const damaged = await reconcile(wiring);
      const left = await scene.lastingDifferences();
      if (left.some((line) => IS_ATTACHED.test(line))) {
        attached++;
        await succeed(scene, "DEL", pod);
      } else {
        expect({ killedBefore: steps.at(-1), damaged, left }).toMatchObject({ damaged: [], left: [] });
      }
    }
    expect(await scene.lastingDifferences()).toEqual([]);
    expect(attached).toBe(1);
  },
);

async function succeed(scene: Scene, verb: Verb, pod: Pod): Promise<void> {
  expect(await scene.call(verb, pod)).toMatchObject({ kind: "success" });
}

/** Two passes, for what may be only just happening in the first. @returns what was reported as damaged */
async function reconcile(wiring: CrashedWiring): Promise<Report["damaged"]> {
  const node = nodes.find(({ kind }) => kind === wiring.node);
  if (node === undefined) throw new Error(`the lab has no node of kind ${wiring.node}`);
  const config = node.path("net.d", `10-crash-${wiring.name.replaceAll(" ", "-")}.conf`);
  const argv = [process.execPath, `${import.meta.dir}/actor.ts`, config, "pass", "2"];
  const reports = JSON.parse(await node.run(argv, { timeout: 90_000 })) as Report[];
  expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
  return reports.at(-1)?.damaged ?? [];
}

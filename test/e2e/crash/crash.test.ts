/**
 * For each wiring: an ADD is killed before its first step, then one before its second, and so on until an ADD comes through,
 * so that the program itself tells what its steps are. Whatever the killed one left, the call that comes next clears away.
 * The same for a DEL, and for a GC. Runs inside the control namespace of a lab with the simulator and nodes of the kinds needed.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Pod } from "../../../lab/pod.ts";
import { type CallOptions, Scene, type Verb } from "./scene.ts";
import { type CrashedWiring, chosenWirings } from "./wirings.ts";

// Every step of a call, each with a process that is killed and others that clean up.
setDefaultTimeout(600_000);

/** Who comes after the killed call, and clears away what it left. */
interface Cleaner {
  readonly name: string;
  readonly clean: (scene: Scene, pod: Pod, killedBefore: string) => Promise<void>;
}

const del: Cleaner = { name: "DEL", clean: (scene, pod) => succeed(scene, "DEL", pod) };
const forgetfulDel: Cleaner = {
  name: "DEL without namespace and result",
  clean: (scene, pod) => succeed(scene, "DEL", pod, { forgotten: true }),
};
const gc: Cleaner = { name: "GC", clean: (scene, pod) => succeed(scene, "GC", pod) };
const anotherAdd: Cleaner = {
  name: "another ADD",
  clean: async (scene, pod, killedBefore) => {
    // With nothing but the answer missing the container is attached, and that is what an ADD of it is told.
    if (killedBefore === "answer") {
      expect(await scene.call("ADD", pod)).toMatchObject({ kind: "error", error: { code: 4 } });
    } else {
      await succeed(scene, "ADD", pod);
    }
    const recorded = (await scene.differences()).filter((line) => /^. (Neutron|store|journal)/.test(line));
    expect(recorded).toEqual([
      expect.stringMatching(/^\+ Neutron: port/),
      expect.stringMatching(/is attached$/),
    ]);
    await succeed(scene, "DEL", pod);
  },
};

/** A container that is being removed is not added again. */
const cleaners: Record<Verb, readonly Cleaner[]> = {
  ADD: [del, forgetfulDel, gc, anotherAdd],
  DEL: [del, forgetfulDel, gc],
  GC: [gc, forgetfulDel],
};

const wirings = chosenWirings();

describe.each(wirings)("$name", (wiring) => {
  test.each([
    ["ADD", wiring.add],
    ["DEL", wiring.del],
    ["GC", wiring.del],
  ] as const)("whatever a killed %s leaves is cleared away", async (verb, expected) => {
    await using scene = await Scene.open(wiring);
    const steps = await killAtEachStep(scene, wiring, verb);
    expect(missing(steps, expected)).toEqual([]);
  });
});

test("a node's first ADD may be killed while it makes the store", async () => {
  await using scene = await Scene.open(wirings[0] as CrashedWiring);
  const killedBefore: string[] = [];
  while (!killedBefore.at(-1)?.startsWith("store: INSERT INTO attachments")) {
    scene.loseStore();
    const pod = await scene.addPod();
    const { outcome, steps } = await scene.callUntil(killedBefore.length + 1, "ADD", pod);
    expect(outcome).toMatchObject({ kind: "crash", signal: "SIGKILL" });
    killedBefore.push(steps.at(-1) ?? "");
    await succeed(scene, "DEL", pod);
    expect(await scene.lastingDifferences()).toEqual([]);
  }
  const making = [/journal_mode=WAL$/, /CREATE TABLE attachments/, /user_version=1$/];
  expect(missing(killedBefore, making)).toEqual([]);
});

/** Answers the steps before which a call was killed: all that it has. */
async function killAtEachStep(scene: Scene, wiring: CrashedWiring, verb: Verb): Promise<string[]> {
  const killedBefore: string[] = [];
  for (let nth = 1; ; nth++) {
    for (const cleaner of cleanersOf(verb, nth + wirings.indexOf(wiring))) {
      const pod = await scene.addPod();
      if (verb !== "ADD") await succeed(scene, "ADD", pod);
      const { outcome, steps } = await scene.callUntil(nth, verb, pod);
      if (outcome.kind === "success") {
        if (verb === "ADD") await succeed(scene, "DEL", pod);
        expect(await scene.lastingDifferences()).toEqual([]);
        // Were they others each time, one of them could have been missed.
        expect(killedBefore.map(withoutIds)).toEqual(steps.map(withoutIds));
        return killedBefore;
      }
      expect(outcome).toMatchObject({ kind: "crash", signal: "SIGKILL" });
      const step = steps.at(-1) ?? "";
      killedBefore[nth - 1] = step;
      await cleaner.clean(scene, pod, step);
      const left = await scene.lastingDifferences();
      expect({ killedBefore: step, cleanedBy: cleaner.name, left }).toMatchObject({ left: [] });
    }
  }
}

/** One after the other in turn, beginning elsewhere for each wiring; with SKYNET_SOAK all of them. */
function cleanersOf(verb: Verb, turn: number): readonly Cleaner[] {
  const all = cleaners[verb];
  return Bun.env.SKYNET_SOAK === undefined ? all.slice(turn % all.length).slice(0, 1) : all;
}

async function succeed(scene: Scene, verb: Verb, pod: Pod, options?: CallOptions): Promise<void> {
  expect(await scene.call(verb, pod, options)).toMatchObject({ kind: "success" });
}

/** The expectations that no step meets after those before them were met. */
function missing(steps: readonly string[], expected: readonly RegExp[]): RegExp[] {
  let from = 0;
  return expected.filter((pattern) => {
    const found = steps.findIndex((step, position) => position >= from && pattern.test(step));
    if (found !== -1) from = found + 1;
    return found === -1;
  });
}

/** Without identities, addresses and numbers, which are others for each pod. */
function withoutIds(step: string): string {
  return step.replace(
    /[0-9a-f]{8}(-[0-9a-f]+)*|([0-9a-f]{2}:){5}[0-9a-f]{2}|[0-9a-f:.]*\d[0-9a-f:./]*/g,
    "…",
  );
}

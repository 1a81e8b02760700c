/** The API server is away: pods that it told of before start all the same, and so do those whose annotations the runtime has. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Lab } from "../../../lab/lab.ts";
import { CniCode } from "../../../src/cni/errors.ts";
import { perform } from "../agent-kills/calls.ts";
import { Outage } from "./outage.ts";

setDefaultTimeout(400_000);

let outage: Outage;
const kubeApi = () => outage.arena.kubeApi;

beforeAll(async () => {
  outage = await Outage.open(Lab.attach());
  await outage.warm();
});

afterAll(async () => {
  await outage.over();
  await outage.close();
});

const AWAY = {
  killed: { go: () => kubeApi().kill(), back: async () => kubeApi().start() },
  hanging: { go: async () => kubeApi().hang(), back: () => kubeApi().recover() },
} as const;

describe.each(Object.entries(AWAY))("the API server %s", (_, { go, back }) => {
  test("pods whose annotations the runtime hands over start and go", async () => {
    await go();
    const slots = outage.slots("plain").filter(({ network }) => network === "told");
    for (const slot of slots)
      expect(await outage.kubelet(slot).startOnce()).toMatchObject({ kind: "success" });
    expect(await outage.silences(slots)).toEqual([]);
    for (const slot of slots) await outage.kubelet(slot).stop();
    await back();
    await outage.settled();
  });

  test("a pod that it told of before starts; one that it could not tell of waits", async () => {
    const [known, unknown] = ["plain", "busy"].map((kind) =>
      outage.arena.slots.find(({ name }) => name === `${kind}-asked1`),
    );
    if (known === undefined || unknown === undefined) throw new Error("there are no such pods");
    // By the first ADD the agent has heard of the pod; the second is of another container.
    expect(await outage.kubelet(known).startOnce()).toMatchObject({ kind: "success" });
    const [first] = known.sandboxes;
    await go();
    if (first) await perform(outage.arena, 1, { verb: "DEL", network: "asked", tracked: first });
    const again = known.nextSandbox();
    const outcome = await perform(outage.arena, 1, { verb: "ADD", network: "asked", tracked: again });
    expect(outcome).toMatchObject({ kind: "success" });
    expect(await outage.kubelet(unknown).startOnce()).toMatchObject({
      kind: "error",
      error: { code: CniCode.tryAgainLater },
    });
    await back();
    for (const slot of [known, unknown]) {
      await outage.kubelet(slot).stop();
      await outage.kubelet(slot).start();
      await outage.kubelet(slot).stop();
    }
    await outage.settled();
  });
});

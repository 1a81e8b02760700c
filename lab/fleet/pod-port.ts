/** A pod's ADD and DEL as far as its port is concerned: the steps of `attach` and `detach`, without a pod's end to configure. */
import { toResult } from "../../src/attachment/answer.ts";
import { waitUntilWired } from "../../src/attachment/binding.ts";
import { detach } from "../../src/attachment/detach.ts";
import { deviceIdOf } from "../../src/attachment/identity.ts";
import { factsOf, obtainPort, UNDO_MS } from "../../src/attachment/obtain.ts";
import { type AttachRequest, overtaken, podEndOf } from "../../src/attachment/request.ts";
import { UndoStack } from "../../src/attachment/undo.ts";
import type { World } from "../../src/attachment/world.ts";
import type { AttachmentKey } from "../../src/state/index.ts";

/** Gives a pod its port, wired. What fails is undone. @throws as `attach` */
export async function attachPort(world: World, request: AttachRequest): Promise<void> {
  const undo = new UndoStack();
  try {
    await steps(world, request, undo);
  } catch (error) {
    await undo.undo();
    throw error;
  }
}

/** Takes a pod's port away: back to its pool, or out of Neutron. @throws as `detach` */
export function detachPort(world: World, key: AttachmentKey): Promise<void> {
  return detach(world, { key, netns: "", hostEnds: [] });
}

async function steps(world: World, request: AttachRequest, undo: UndoStack): Promise<void> {
  const { store, wiring, deadline } = world;
  const attempt = { ...request.key, attempt: Bun.randomUUIDv7() };
  const pod = podEndOf(request);
  const intent = {
    deviceId: deviceIdOf(request.key),
    netns: request.netns,
    pod: request.pod,
    expiresAt: deadline.endsAtEpochMs + UNDO_MS,
  };
  if (store.attachments.begin(attempt, intent) !== undefined) throw overtaken(request);
  undo.push("the attachment's row in the store", () => store.attachments.abandoned(attempt));
  const { port, network, hot, pool } = await obtainPort(world, request, attempt, undo);
  const plan = hot?.plan ?? wiring.plan(factsOf(port, network));
  undo.push("the wiring", () => wiring.unplug(plan, pod, deadline.signal));
  if (hot === undefined) {
    const pooled = pool === undefined ? undefined : { pool, port };
    if (!store.attachments.planned(attempt, port.id, plan, pooled)) throw overtaken(request);
    await wiring.plug(plan, pod, deadline.signal);
    await waitUntilWired(world, port, plan);
  } else {
    await wiring.parking(plan)?.occupy(plan, pod, deadline.signal);
  }
  if (!store.attachments.attached(attempt, toResult(port, network, plan.hostEnd, pod)))
    throw overtaken(request);
  if (hot !== undefined) world.agent?.hotPorts?.attached(world);
}

import type { AttachmentRecord } from "../state/index.ts";
import { deletePodEnd } from "../wiring/pod-end.ts";
import type { WiringPlan } from "../wiring/wiring.ts";
import { drainJournal } from "./drain.ts";
import { deviceIdOf } from "./identity.ts";
import { isKept, otherOwner } from "./ownership.ts";
import { LATE_COMMIT_MS, type Release, releasePort } from "./release.ts";
import { type DetachRequest, podEndOf } from "./request.ts";
import { addressesOf, releaseServiceRoutes } from "./service-routes.ts";
import { unplug } from "./unplug.ts";
import type { World } from "./world.ts";

/** How long a removed attachment is remembered: a repeated DEL then needs no call to Neutron. */
const REMEMBER_MS = 600_000;
/** What a DEL may add to its own work for finishing older deletes. */
const DRAIN_MS = 5_000;

/**
 * Removes whatever there is of an attachment, in any state: host end, pod end, Neutron port, row. Each part may
 * be missing. Neutron being away delays the port's delete, not this.
 */
export async function detach(world: World, request: DetachRequest): Promise<void> {
  const { attachments } = world.store;
  const record = attachments.get(request.key);
  const isLiving = record !== undefined && record.state !== "detached";
  if (isLiving) attachments.detaching(request.key);
  // Where the port stays for another pod, parking takes the pod off it, which is quicker than deleting links.
  const stays = isLiving && isRecyclable(world, record);
  if (request.netns !== "" && !stays) await deletePodEnd(podEndOf(request));
  const answered = isLiving
    ? await removeRemains(world, record, world.deadline.signal)
    : await removeUnrecorded(world, request, record !== undefined);
  attachments.forgetDetached(Date.now() - REMEMBER_MS);
  // An agent finishes older deletes by itself.
  if (answered && world.agent === undefined) await drainIfDue(world, request.key.network);
}

/**
 * Takes down what a row of the store says, local devices first: whatever happens then, the pod is off the
 * network. The row goes last, so that a process killed here leaves it for the next DEL or GC. Where the port is
 * another's by now, the row alone goes.
 *
 * @returns whether Neutron answered; if not, the journal has the port
 * @throws what kept the devices from being removed, after the port was seen to all the same
 */
export async function removeRemains(
  world: World,
  record: AttachmentRecord,
  signal: AbortSignal,
): Promise<boolean> {
  world.store.attachments.detaching(record);
  const owner = otherOwner(world.store, record);
  if (owner !== undefined) {
    disown(world, record, owner);
    return true;
  }
  if (await recycled(world, record, signal)) return true;
  const failure = await unplugRecorded(world, record, signal);
  const release: Release = { network: record.network, deviceId: record.deviceId, portId: record.portId };
  if (record.portId === undefined) release.mayAppearUntil = Date.now() + LATE_COMMIT_MS;
  const answered = await releasePort(world, release, signal);
  if (failure !== undefined) throw failure;
  world.store.attachments.detached(record, record.deviceId);
  releaseServiceRoutes(world, { key: record, addresses: addressesOf(record) });
  world.log.info("detached", { port: record.portId, device: record.deviceId });
  return answered;
}

/** Forgets a row whose port has become another's; of its own attachment there is nothing left. */
export function disown(world: World, record: AttachmentRecord, owner: string): void {
  world.store.attachments.detached(record, record.deviceId);
  releaseServiceRoutes(world, { key: record, addresses: addressesOf(record) });
  world.log.warn("detached: its port is another's by now, and stays", {
    port: record.portId,
    device: record.deviceId,
    owner,
  });
}

/**
 * Takes the pod off its port and leaves the port to the next one, without a call to Neutron. What fails is left to the
 * ordinary way, and so is a port that nothing was plugged in for any more.
 *
 * @param record as it was before its removal began: with what Neutron has last said of the port
 */
async function recycled(world: World, record: AttachmentRecord, signal: AbortSignal): Promise<boolean> {
  const { agent, wiring, store } = world;
  if (!isRecyclable(world, record)) return false;
  const addresses = addressesOf(record);
  let { port } = record;
  try {
    const plan = record.wiring as WiringPlan;
    const pod = podEndOf({ key: record, netns: record.netns });
    const parking = wiring.parking(plan);
    const vacated =
      parking === undefined
        ? await wiring.unplug(plan, pod, signal)
        : await parking.vacate(plan, pod, signal);
    if (vacated === "remade") return false;
    if (vacated === "rewired") port = undefined;
  } catch (error) {
    world.log.warn("the port cannot be used again and is deleted", { port: record.portId, error });
    return false;
  }
  if (!store.hotPorts.takeBack(record, port)) return false;
  releaseServiceRoutes(world, { key: record, addresses });
  world.log.info("detached", { port: record.portId, device: record.deviceId, kept: "for another pod" });
  agent?.hotPorts?.returned(world);
  return true;
}

function isRecyclable(world: World, record: AttachmentRecord): boolean {
  return record.wiring !== undefined && world.agent?.hotPorts?.takesBack(world, record) === true;
}

async function unplugRecorded(world: World, record: AttachmentRecord, signal: AbortSignal): Promise<unknown> {
  if (record.wiring === undefined) return undefined;
  const plan = record.wiring as WiringPlan;
  const { network, deviceId } = record;
  try {
    const pod = podEndOf({ key: record, netns: record.netns });
    await unplug(world, { network, deviceId, plan }, pod, signal);
    return undefined;
  } catch (error) {
    return error;
  }
}

/**
 * A DEL for which the store has no living row: a repeated one, one for a pod that another plugin made, or the
 * store was lost. Only the last can have left a port, and it is found by its device_id alone.
 */
async function removeUnrecorded(world: World, request: DetachRequest, isKnown: boolean): Promise<boolean> {
  if (isKnown) return true;
  const { signal } = world.deadline;
  const deviceId = deviceIdOf(request.key);
  const hostEnds = request.hostEnds.filter((hostEnd) => !isKept(hostEnd, deviceId));
  const unplugging = hostEnds.map((hostEnd) => world.wiring.unplugHostEnd(hostEnd, signal));
  const outcomes = await Promise.allSettled(unplugging);
  const answered = await releasePort(world, { network: request.key.network, deviceId }, signal);
  // After the port was seen to: without a plan the runtime's next DEL is all that can bring the rest down.
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  world.store.attachments.detached(request.key, deviceId);
  return answered;
}

async function drainIfDue(world: World, network: string): Promise<void> {
  if (!world.store.journal.isDue(network)) return;
  const signal = AbortSignal.any([world.deadline.signal, AbortSignal.timeout(DRAIN_MS)]);
  const { failed } = await drainJournal(world, network, signal);
  const [first] = failed;
  if (first) world.log.warn("older deletes still wait for Neutron", { error: first.error });
}

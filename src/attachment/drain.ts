import { messageOf } from "../cni/errors.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import type { PendingDelete } from "../state/index.ts";
import type { WiringPlan } from "../wiring/wiring.ts";
import { otherOwner } from "./ownership.ts";
import { deleteOurs } from "./release.ts";
import type { World } from "./world.ts";

export interface DrainOutcome {
  done: number;
  /** Looked for too early: the port's creation may still be committed. */
  postponed: number;
  failed: { entry: PendingDelete; error: string }[];
}

/** Entries that one process takes at a time. */
const BATCH = 8;

/**
 * Finishes deletes that had to wait for Neutron or a virtual switch, as many as `signal` leaves time for. The first failure ends
 * it: what they wait for is still away, and asking again for each entry would only keep the caller.
 *
 * @param force also those whose time has not come
 */
export async function drainJournal(
  world: World,
  network: string,
  signal: AbortSignal,
  force = false,
): Promise<DrainOutcome> {
  const outcome: DrainOutcome = { done: 0, postponed: 0, failed: [] };
  const seen = new Set<number>();
  while (!signal.aborted && outcome.failed.length === 0) {
    const batch = world.store.journal.claim(network, BATCH, force).filter(({ id }) => !seen.has(id));
    if (batch.length === 0) break;
    for (const entry of batch) {
      seen.add(entry.id);
      await finish(world, entry, signal, outcome);
    }
  }
  return outcome;
}

/** Its creation was never answered, and the time in which Neutron may commit it is not over. */
function mayStillAppear(entry: PendingDelete): boolean {
  return entry.portId === undefined && Date.now() < entry.dueAt;
}

/**
 * The container has been attached anew since: its port has the same device_id, and is none of this entry's. The row is
 * looked at after the port was seen, and an ADD writes it before it makes a port, so that none is missed.
 */
function isOfAnotherAdd(world: World, { network, deviceId }: PendingDelete, port: Port): boolean {
  if (otherOwner(world.store, { deviceId, portId: port.id }) !== undefined) return true;
  const living = world.store.attachments
    .list(network)
    .find(
      (record) => (record.deviceId === deviceId || record.portId === port.id) && record.state !== "detaching",
    );
  return living !== undefined && (living.portId === undefined || living.portId === port.id);
}

/** What kept a virtual switch from forgetting the port; its absence is no reason to keep the port in Neutron. */
async function unplugged(world: World, { wiring }: PendingDelete, signal: AbortSignal): Promise<unknown> {
  if (wiring === undefined) return undefined;
  return world.wiring.unplug(wiring as WiringPlan, undefined, signal).then(
    () => undefined,
    (error) => error,
  );
}

async function finish(
  world: World,
  entry: PendingDelete,
  signal: AbortSignal,
  outcome: DrainOutcome,
): Promise<void> {
  const owner = otherOwner(world.store, entry);
  if (owner !== undefined) {
    world.store.journal.done(entry.id);
    world.log.warn("a delete is dropped: the port is another's by now", { port: entry.portId, owner });
    return;
  }
  try {
    if (outcome.failed.length > 0) throw new Error("not tried: the one before failed");
    const failure = await unplugged(world, entry, signal);
    const existed = await deleteOurs(world.neutron, entry, signal, (port) =>
      isOfAnotherAdd(world, entry, port),
    );
    if (failure !== undefined) throw failure;
    if (!existed && mayStillAppear(entry)) {
      world.store.journal.postponed(entry);
      outcome.postponed += 1;
      return;
    }
    world.store.journal.done(entry.id);
    outcome.done += 1;
    world.log.info("a delete that had to wait is done", { device: entry.deviceId, existed });
  } catch (error) {
    world.store.journal.failed(entry, messageOf(error));
    outcome.failed.push({ entry, error: messageOf(error) });
  }
}

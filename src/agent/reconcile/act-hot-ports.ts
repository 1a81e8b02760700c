/** Repairs of ports that no pod has. */
import { adoptHotPort } from "../../attachment/adopt.ts";
import type { World } from "../../attachment/world.ts";
import { deletePort, listPorts } from "../../openstack/neutron/ports.ts";
import type { HotPortRecord } from "../../state/index.ts";
import { findHostEnd } from "../../wiring/host-end.ts";
import { tapName } from "../../wiring/names.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import type { Outcome } from "./act.ts";
import { findUnaccounted } from "./act-ports.ts";
import type { Repair } from "./decision.ts";

/** The row as it is now; undefined when it has gone on since. */
function unchanged(world: World, { id, state, portId }: HotPortRecord): HotPortRecord | undefined {
  return world.store.hotPorts
    .list()
    .find((row) => row.id === id && row.state === state && row.portId === portId);
}

/** Whether a pod is behind the port's host's end. */
function isOccupied(portId: string): boolean {
  const hostEnd = findHostEnd(tapName(portId));
  return hostEnd !== undefined && !hostEnd.parked && hostEnd.owner !== undefined;
}

/** Only the row goes: a pod has the port. */
export function forgetStaleHotPort(world: World, record: HotPortRecord): Outcome {
  const now = unchanged(world, record);
  if (now?.portId === undefined || !isOccupied(now.portId)) return 0;
  world.store.hotPorts.forget(now.id);
  world.log.warn("a port was taken for free, and a pod has it", { port: now.portId });
  return 1;
}

/**
 * No pod gets it any more, and its keeper deletes it. It is not wired anew: until Neutron's agent has seen that the
 * stand-in was gone, Neutron says ACTIVE of a port without filters.
 */
export async function giveUp(world: World, record: HotPortRecord, signal: AbortSignal): Promise<Outcome> {
  const { wiring, store, agent } = world;
  const now = unchanged(world, record);
  if (now?.portId === undefined || now.wiring === undefined || isOccupied(now.portId)) return 0;
  const plan = now.wiring as WiringPlan;
  if ((await wiring.parking(plan)?.isParked(plan, signal)) !== false) return 0;
  if (!store.hotPorts.move(now.id, now.state, "leaving")) return 0;
  agent?.hotPorts?.returned(world);
  return 1;
}

/** What its keeper would have done, where there is none at work. */
export async function deleteGivenUp(
  world: World,
  record: HotPortRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const now = unchanged(world, record);
  if (now?.portId === undefined || isOccupied(now.portId)) return 0;
  const neutron = world.neutron.with({ priority: "delete", lane: "reconciliation" });
  await world.wiring.unplugPort(now.portId, signal);
  await deletePort(neutron, now.portId, signal);
  world.store.hotPorts.forget(now.id);
  return 1;
}

/** Its port is gone from Neutron: so go row and stand-in. */
export async function forgetGoneHotPort(
  world: World,
  record: HotPortRecord,
  signal: AbortSignal,
): Promise<Outcome> {
  const { portId } = record;
  if (portId === undefined) return 0;
  if ((await listPorts(world.neutron, { ids: [portId] }, signal, ["id"])).length > 0) return 0;
  const now = unchanged(world, record);
  if (now === undefined || isOccupied(portId)) return 0;
  // From here on no pod can claim it.
  if (now.state !== "leaving" && !world.store.hotPorts.move(now.id, now.state, "leaving")) return 0;
  await world.wiring.unplugPort(portId, signal);
  world.store.hotPorts.forget(now.id);
  return 1;
}

/** The store was lost: the port goes to the pool that it fits. */
export async function adoptLostHotPort(
  world: World,
  repair: Extract<Repair, { kind: "lost-hot-port" }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const port = await findUnaccounted(world, repair.port, signal);
  if (port === undefined) return 0;
  await adoptHotPort(world, port, repair);
  world.agent?.hotPorts?.returned(world);
  return 1;
}

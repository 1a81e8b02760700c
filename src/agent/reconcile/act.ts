/** Carries out what was decided; each repair looks once more, just before, whether it is still called for. */
import { drainJournal } from "../../attachment/drain.ts";
import type { World } from "../../attachment/world.ts";
import type { Port } from "../../openstack/neutron/ports.ts";
import { tapName } from "../../wiring/names.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import { adoptLost, forgetStale, mend, rename, takeDown } from "./act-attachments.ts";
import {
  adoptLostHotPort,
  deleteGivenUp,
  forgetGoneHotPort,
  forgetStaleHotPort,
  giveUp,
} from "./act-hot-ports.ts";
import { deleteStray } from "./act-ports.ts";
import type { Damage, Repair } from "./decision.ts";
import { type Estate, worldOf } from "./gather.ts";

/** How many things were put right; 0: it was not called for any more. Or what could not be. */
export type Outcome = number | Damage;

/**
 * @param ports all of Neutron's on this host: no device of theirs is swept
 * @throws what kept it from being done
 */
export async function act(
  estate: Estate,
  repair: Repair,
  ports: readonly Port[],
  signal: AbortSignal,
): Promise<Outcome> {
  const world = worldOf(estate, networkOf(repair, estate));
  switch (repair.kind) {
    case "interrupted-add":
    case "interrupted-del":
    case "gone-pod":
      return takeDown(world, repair, signal);
    case "stale-attachment":
      return forgetStale(world, repair);
    case "host-end":
      return mend(world, repair, signal);
    case "identity":
      return rename(world, repair, signal);
    case "lost-attachment":
      return adoptLost(world, repair);
    case "stale-hot-port":
      return forgetStaleHotPort(world, repair.record);
    case "unparked-hot-port":
      return giveUp(world, repair.record, signal);
    case "gone-hot-port":
      return forgetGoneHotPort(world, repair.record, signal);
    case "leaving-hot-port":
      return deleteGivenUp(world, repair.record, signal);
    case "lost-hot-port":
      return adoptLostHotPort(world, repair, signal);
    case "stray-port":
      return deleteStray(world, repair, signal);
    case "stray-device":
      return sweep(world, repair.names, ports, signal);
    case "pending-delete":
      return drain(world, repair.network, signal);
  }
}

function networkOf(repair: Repair, { home }: Estate): string {
  if ("record" in repair) return repair.record.network;
  if ("key" in repair) return repair.key.network;
  return "network" in repair ? repair.network : home.config.name;
}

/** Everything that has a row or a port stays, and whatever else has come since. */
async function sweep(
  { wiring, store, config }: World,
  names: readonly string[],
  ports: readonly Port[],
  signal: AbortSignal,
): Promise<number> {
  const kind = config.plugin.plugin_type;
  const stays = (hostEnd: string): WiringPlan => ({ kind, portId: "", hostEnd });
  const inUse = () => [
    ...[...store.attachments.list(), ...store.hotPorts.list()].flatMap((row) =>
      row.wiring === undefined ? [] : [row.wiring as WiringPlan],
    ),
    ...ports.map(({ id }) => stays(tapName(id))),
    ...wiring.hostEnds().flatMap(({ name }) => (names.includes(name) ? [] : [stays(name)])),
  ];
  return (await wiring.sweep(inUse, signal)).filter((name) => names.includes(name)).length;
}

async function drain(world: World, network: string, signal: AbortSignal): Promise<number> {
  const { done, failed } = await drainJournal(world, network, signal);
  const [first] = failed;
  if (done === 0 && first !== undefined) throw new Error(`${first.entry.deviceId}: ${first.error}`);
  return done;
}

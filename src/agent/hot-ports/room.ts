import type { Shortage } from "../../attachment/hot-port.ts";
import type { Target } from "../../attachment/target.ts";
import type { World } from "../../attachment/world.ts";
import { messageOf } from "../../cni/errors.ts";
import type { Port } from "../../openstack/neutron/ports.ts";
import type { Desk, PooledRow } from "./desk.ts";
import type { Pool } from "./pool.ts";
import { remove } from "./removal.ts";

/**
 * Gives one port without a pod up for a pod that Neutron has no room for, and keeps the pools small for a while. Ports that
 * still cool go first: they are of no use yet.
 *
 * @returns whether Neutron has deleted one
 */
export async function makeRoom(
  desk: Desk,
  world: World,
  target: Target,
  shortage: Shortage,
): Promise<boolean> {
  const { endpointKey } = world;
  const candidates = [
    ...desk.rows(endpointKey, "cooling"),
    ...desk.rows(endpointKey, "hot"),
    ...desk.rows(endpointKey, "wiring"),
  ].filter((pooled) => shortage === "quota" || holdsAddressOf(pooled, target));
  const given = candidates.find((pooled) => desk.leave(pooled, "room for a pod"));
  if (given === undefined) return false;
  shrink(desk, given.pool, shortage);
  desk.atWork.add(given.row.deviceId);
  try {
    await remove(desk, given, "pod", world.deadline.signal);
    return true;
  } catch (error) {
    world.log.warn("no room could be made for the pod", { error: messageOf(error) });
    return false;
  } finally {
    desk.atWork.delete(given.row.deviceId);
    desk.wake("leaving", endpointKey);
  }
}

/** The more pods need room, the less of it stays with the pool. */
function shrink(desk: Desk, pool: Pool, shortage: Shortage): void {
  const { making, wiring, hot, cooling } = desk.store.hotPorts.counts(pool.key);
  const what = shortage === "quota" ? "the quota of ports is used up" : "the subnet has no address left";
  const message = `ports without a pod were given up for pods: ${what}`;
  if (pool.setback.last?.message !== message) {
    pool.site.log.warn(message, { pool: pool.key, network: pool.spec.networkId });
  }
  pool.setback.shrink(Math.floor((making + wiring + hot + cooling) / 2), desk.now(), message);
  desk.wake("pools", pool.site.surroundings.endpointKey);
}

/** Whether a port has an address where the pod is to get one. */
function holdsAddressOf({ row, pool }: PooledRow, target: Target): boolean {
  if (pool.spec.networkId !== target.network.id) return false;
  const wanted = target.fixedIps?.map(({ subnet_id }) => subnet_id);
  const { fixed_ips = [] } = (row.port ?? {}) as Partial<Port>;
  return wanted === undefined || fixed_ips.some(({ subnet_id }) => wanted.includes(subnet_id));
}

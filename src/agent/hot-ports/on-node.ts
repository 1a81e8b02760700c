import type { Port } from "../../openstack/neutron/ports.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import type { PooledRow } from "./desk.ts";

/** What the node's own signs have time for: they are there, or the port is not wired yet. */
const SIGNS_MS = 1_000;

/**
 * Whether the filters of a port are in force behind its stand-in: Neutron has it ACTIVE, and the node's own signs, where there
 * are any, say so too, for Neutron may not have noticed a change yet. Without a stand-in the port is wired with its pod.
 *
 * @throws WiringError; the signal's reason
 */
export async function isWired({ row, pool }: PooledRow, port: Port, signal: AbortSignal): Promise<boolean> {
  const { wiring, config } = pool.site.surroundings;
  const plan = row.wiring as WiringPlan;
  if (wiring.parking(plan) === undefined || !config.neutron.wait_active) return true;
  if (port.status !== "ACTIVE") return false;
  const signs = AbortSignal.any([signal, AbortSignal.timeout(SIGNS_MS)]);
  try {
    await wiring.ready(plan, signs);
    return true;
  } catch (error) {
    if (signs.aborted && !signal.aborted) return false;
    throw error;
  }
}

/** Why a port must not be given to a pod as far as the node itself can tell, in two or three words. @throws as `isParked` */
export async function complaintOnNode(
  { row, pool }: PooledRow,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (row.wiring === undefined || row.wiring === null) return "without a plan";
  const plan = row.wiring as WiringPlan;
  const parking = pool.site.surroundings.wiring.parking(plan);
  if (parking === undefined) return undefined;
  return (await parking.isParked(plan, signal)) ? undefined : "stand-in gone";
}

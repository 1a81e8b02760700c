import type { WiringPlan } from "../../wiring/wiring.ts";
import type { Desk, PooledRow } from "./desk.ts";

/**
 * Takes over the ports of one Neutron that were set aside: those whose stand-in is in place. The others are given up.
 *
 * @throws why some could not be looked at, after the others were
 */
export async function adopt(desk: Desk, endpoint: string, signal: AbortSignal): Promise<void> {
  const failures: unknown[] = [];
  for (const row of desk.store.hotPorts.list()) {
    const pool = desk.pools.get(row.pool);
    const seen = desk.unseen.get(row.id);
    if (pool?.site.surroundings.endpointKey !== endpoint || seen === undefined) continue;
    const pooled = { row, pool };
    try {
      if (!(await isWhole(pooled, signal))) desk.leave(pooled, "stand-in gone");
      else if (seen.wasHot) desk.store.hotPorts.move(row.id, "wiring", "hot");
      desk.unseen.delete(row.id);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function isWhole({ row, pool }: PooledRow, signal: AbortSignal): Promise<boolean> {
  const plan = row.wiring as WiringPlan | null | undefined;
  if (!plan) return false;
  const parking = pool.site.surroundings.wiring.parking(plan);
  return parking === undefined || parking.isParked(plan, signal);
}

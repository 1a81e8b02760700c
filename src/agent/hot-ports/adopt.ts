import type { HotPortRecord } from "../../state/index.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import type { Desk, PooledRow } from "./desk.ts";
import type { Pool } from "./pool.ts";

/**
 * Keeps pods from a pool's ports that an earlier agent has left, until they were looked at: the node may have been started
 * anew since, and Neutron still says ACTIVE of what was wired before.
 */
export function setAside(desk: Desk, pool: Pool): void {
  for (const row of desk.store.hotPorts.list(pool.key)) {
    if (row.state === "hot") desk.store.hotPorts.move(row.id, "hot", "wiring");
    if (isWithoutPod(row)) desk.unseen.set(row.id, { wasHot: row.state === "hot" });
  }
}

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

function isWithoutPod({ state }: HotPortRecord): boolean {
  return state === "wiring" || state === "hot" || state === "cooling";
}

async function isWhole({ row, pool }: PooledRow, signal: AbortSignal): Promise<boolean> {
  const plan = row.wiring as WiringPlan | null | undefined;
  if (!plan) return false;
  const parking = pool.site.surroundings.wiring.parking(plan);
  return parking === undefined || parking.isParked(plan, signal);
}

import type { WiringPlan } from "../../wiring/wiring.ts";
import type { Desk } from "./desk.ts";

/**
 * What an earlier agent has left of the pools of one Neutron: ports whose stand-in is still in place are taken over. Those
 * without one are given up, for Neutron may say ACTIVE of what was wired before the node was started anew.
 */
export async function adopt(desk: Desk, endpoint: string, signal: AbortSignal): Promise<void> {
  for (const pooled of desk.rows(endpoint, "wiring", "hot", "cooling")) {
    const { row, pool } = pooled;
    const plan = row.wiring as WiringPlan | null | undefined;
    const parking = plan ? pool.site.surroundings.wiring.parking(plan) : undefined;
    const isWhole = plan && (parking === undefined || (await parking.isParked(plan, signal)));
    if (!isWhole) desk.leave(pooled, "stand-in gone");
    else if (parking === undefined && row.state === "wiring")
      desk.store.hotPorts.move(row.id, "wiring", "hot");
  }
}

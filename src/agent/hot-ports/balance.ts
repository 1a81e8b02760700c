import type { HotPortState } from "../../state/index.ts";
import type { Desk } from "./desk.ts";
import { decide, missingOf } from "./policy.ts";
import type { Pool } from "./pool.ts";

/** Which ports go first: those that are of no use yet. */
const ORDER: readonly HotPortState[] = ["cooling", "wiring", "hot"];

/**
 * Brings every pool to what the policy says: lets more be made, gives surplus ports up, forgets pools that nobody asks for.
 * It is quick: what takes time is left to others.
 *
 * @param more makes so many ports for a pool
 * @returns when to look again though nothing happens, in milliseconds
 */
export function balance(desk: Desk, more: (pool: Pool, count: number) => void): number | undefined {
  const now = desk.now();
  let again = Number.POSITIVE_INFINITY;
  for (const pool of desk.pools.values()) {
    const standing = desk.standingOf(pool);
    const { make, release, why, againAt } = decide(pool.settings, standing, now);
    const { cooled, counts } = standing;
    if (cooled > 0 && missingOf(pool.settings, standing, now) > 0) {
      desk.wake("cooling", pool.site.surroundings.endpointKey);
    }
    if (release > 0) giveUp(desk, pool, release, why);
    if (make > 0 && !pool.isFilling) more(pool, make);
    const isEmpty = Object.values(counts).every((count) => count === 0);
    if (isEmpty && !pool.isFilling && isForgotten(pool, now)) {
      desk.store.pools.forget(pool.key);
      desk.pools.delete(pool.key);
    }
    again = Math.min(again, againAt ?? again);
  }
  return Number.isFinite(again) ? again - now : undefined;
}

function giveUp(desk: Desk, pool: Pool, count: number, why: string): void {
  const rows = desk.rows(pool.site.surroundings.endpointKey, "hot", "cooling", "wiring");
  const own = rows.filter((pooled) => pooled.pool === pool);
  const sorted = own.sort((a, b) => ORDER.indexOf(a.row.state) - ORDER.indexOf(b.row.state));
  for (const pooled of sorted.slice(0, count)) desk.leave(pooled, why);
}

function isForgotten(pool: Pool, now: number): boolean {
  return !pool.isDefault && (pool.isRetired || pool.askedAt + pool.settings.idleMs <= now);
}

/** What a pool lacks and what it has too much of: a pure function of what is there and what was asked for. */
import type { HotPortCounts } from "../../state/index.ts";

export interface PoolSettings {
  /** Ports kept ready. */
  readonly min: number;
  /** Most ports without a pod; 0: none at all. */
  readonly max: number;
  /** Ports made in one request. */
  readonly batch: number;
  readonly cooldownMs: number;
  /** After so long without a pod that asks, a pool is given up. */
  readonly idleMs: number;
}

/** A pool at this moment. Times are in milliseconds since the epoch. */
export interface Standing {
  readonly counts: HotPortCounts;
  /** How many are to be ready, as demand has it: between min and max. */
  readonly target: number;
  /** When the target will change if nobody asks; undefined: never. */
  readonly targetChangesAt: number | undefined;
  /** What Neutron has room for, as far as is known; Infinity: no bound known. */
  readonly ceiling: number;
  readonly askedAt: number;
  /** It is that of the configuration's defaults: `min` of it are kept ready though nobody asks. */
  readonly isDefault: boolean;
  /** Nobody can ask for such ports any more. */
  readonly isRetired: boolean;
  /** A failure's pause. */
  readonly pausedUntil: number;
}

export type SurplusReason = "switched-off" | "retired" | "idle" | "surplus";

export interface Decision {
  /** So many are to be made, in one request. */
  readonly make: number;
  /** So many are to be deleted. */
  readonly release: number;
  readonly why: SurplusReason;
  /** When to decide again though nothing happens, in milliseconds since the epoch. */
  readonly againAt?: number;
}

/**
 * Fewer ready than wanted: a whole batch is made, as far as there is room, so that requests are few. More than may be, or
 * than a quiet pool needs: they go. Between the two nothing happens, so that a port is not made and deleted in turn.
 */
export function decide(settings: PoolSettings, standing: Standing, now: number): Decision {
  const { counts, target } = standing;
  const ready = counts.making + counts.wiring + counts.hot;
  const all = ready + counts.cooling;
  const { room, why } = roomOf(settings, standing, now);
  const release = Math.min(Math.max(0, all - room), all - counts.making);
  const low = Math.min(room, Math.max(settings.min, target - settings.batch + 1));
  const lacks = ready < low && all < room;
  const make = lacks && standing.pausedUntil <= now ? Math.min(settings.batch, room - all) : 0;
  const times = [
    ...(lacks ? [standing.pausedUntil] : []),
    ...(all > 0 ? [standing.askedAt + settings.idleMs] : []),
    ...(all > 0 && standing.targetChangesAt !== undefined ? [standing.targetChangesAt] : []),
  ].filter((at) => at > now);
  return { make, release, why, ...(times.length === 0 ? {} : { againAt: Math.min(...times) }) };
}

/** How many there may be in all, and why those beyond go. */
function roomOf(
  settings: PoolSettings,
  standing: Standing,
  now: number,
): { room: number; why: SurplusReason } {
  if (settings.max === 0) return { room: 0, why: "switched-off" };
  if (standing.isRetired) return { room: 0, why: "retired" };
  const limit = limitOf(settings, standing.ceiling);
  if (standing.askedAt + settings.idleMs <= now) {
    return { room: standing.isDefault ? Math.min(settings.min, limit) : 0, why: "idle" };
  }
  // Demand has calmed down when its target has: what a burst has brought goes then, but for one batch.
  const calm = standing.target <= settings.min ? settings.min + settings.batch : limit;
  return { room: Math.min(limit, Math.max(calm, standing.target)), why: "surplus" };
}

/** Most ports that a pool may have now. */
export function limitOf(settings: PoolSettings, ceiling: number): number {
  return Math.max(0, Math.min(settings.max, ceiling));
}

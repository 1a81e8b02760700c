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
  /** Those of the cooling ones whose time is over: one look at Neutron makes them ready. */
  readonly cooled: number;
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

/** Batches that may wait to be wired: more would only wait longer, and pods' own ports behind them. */
const MOST_WIRING_BATCHES = 2;
/** The part of the idle time after which what a burst has brought goes, but for one batch. */
const CALM = 1 / 5;

export type SurplusReason = "switched-off" | "retired" | "idle" | "surplus";

export interface Decision {
  /** So many are to be made, in one request, unless one is under way. */
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
  const { counts, cooled, askedAt, targetChangesAt, pausedUntil } = standing;
  const all = counts.making + counts.wiring + counts.hot + counts.cooling;
  const { room, why } = roomOf(settings, standing, now);
  const release = Math.min(Math.max(0, all - room), all - counts.making);
  const missing = missingOf(settings, standing, now);
  const lacks = missing > cooled && all < room;
  const isBehind = counts.wiring >= settings.batch * MOST_WIRING_BATCHES;
  // The first ones are wanted soon, on many nodes at once perhaps: no more of them than are wanted.
  const size = all === 0 ? Math.min(settings.batch, missing) : settings.batch;
  const make = lacks && !isBehind && pausedUntil <= now ? Math.min(size, room - all) : 0;
  const times = [
    ...(lacks ? [pausedUntil] : []),
    ...(all > 0 ? [askedAt + settings.idleMs, askedAt + settings.idleMs * CALM] : []),
    ...(all > 0 && targetChangesAt !== undefined ? [targetChangesAt] : []),
  ].filter((at) => at > now);
  return { make, release, why, ...(times.length === 0 ? {} : { againAt: Math.min(...times) }) };
}

/**
 * How many more should be ready before those that have cooled, or new ones, are left for later; 0: enough are. What is
 * being made is not counted: its answer may have been lost.
 */
export function missingOf(settings: PoolSettings, standing: Standing, now: number): number {
  const { counts, target } = standing;
  const low = Math.max(settings.min, target - settings.batch + 1);
  const wanted = Math.min(roomOf(settings, standing, now).room, low);
  return Math.max(0, wanted - counts.wiring - counts.hot);
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
  const isCalm = standing.askedAt + settings.idleMs * CALM <= now && standing.target <= settings.min;
  return { room: isCalm ? Math.min(limit, settings.min + settings.batch) : limit, why: "surplus" };
}

/** Most ports that a pool may have now. */
export function limitOf(settings: PoolSettings, ceiling: number): number {
  return Math.max(0, Math.min(settings.max, ceiling));
}

import type { PoolSettings } from "./policy.ts";

/** Parts of the idle time after which half of what a burst has brought is given up. */
const HALVINGS = 5;

/** How many ports are to be ready, as pods have asked lately: grows when one found none, and halves when all find one. */
export class Demand {
  #target = 0;
  /** When it last grew or shrank, in milliseconds since the epoch. */
  #changedAt = 0;

  /** A pod has asked in vain. */
  missed(settings: PoolSettings, now: number): void {
    const target = this.target(settings, now);
    this.#target = Math.min(settings.max, Math.max(target * 2, target + settings.batch));
    this.#changedAt = now;
  }

  target(settings: PoolSettings, now: number): number {
    const least = lowest(settings);
    while (this.#target > least && now - this.#changedAt >= haltMs(settings)) {
      this.#target = least + Math.floor((this.#target - least) / 2);
      this.#changedAt += haltMs(settings);
    }
    return Math.min(settings.max, Math.max(least, this.#target));
  }

  /** When the target shrinks next, in milliseconds since the epoch; undefined: it is at its lowest. */
  changesAt(settings: PoolSettings): number | undefined {
    return this.#target > lowest(settings) ? this.#changedAt + haltMs(settings) : undefined;
  }
}

function lowest({ min, max }: PoolSettings): number {
  return Math.min(min, max);
}

function haltMs({ idleMs }: PoolSettings): number {
  return idleMs / HALVINGS;
}

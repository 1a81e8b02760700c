import type { Priority } from "../call-gate.ts";

/** The first pause after a refusal without `Retry-After`, in milliseconds; each further one is twice as long. */
const FIRST_MS = 500;
/** The longest pause of our own, and the longest `Retry-After` that is kept, in milliseconds. */
const LONGEST_MS = 30_000;
const LONGEST_RETRY_AFTER_MS = 300_000;
/** While Neutron refuses, a waiting pod looks this often whether it still does, and calls start no faster, in milliseconds. */
const PROBE_MS = 5000;
const PACE_MS = 2000;

/**
 * How long calls keep away from a Neutron that refuses them for load. Pure: it is told the time, in milliseconds of any clock.
 *
 * Each refusal opens a new round. Only calls that started in the current one say anything about it: four calls refused at once
 * are one refusal, and an answer that was under way before it is no proof that Neutron serves again.
 */
export class BackOff {
  readonly #random: () => number;
  #round = 0;
  /** Refusals without an answer between them. */
  #refusals = 0;
  #podsFrom = 0;
  #othersFrom = 0;

  /** @param random gives numbers from 0 to 1, so that nodes that were refused together do not return together */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** When calls of `priority` may start; it may be past. */
  opensAt(priority: Priority): number {
    if (this.#refusals === 0) return 0;
    return priority === "pod" ? Math.min(this.#podsFrom, this.#othersFrom) : this.#othersFrom;
  }

  /**
   * A call starts. Until one is answered, they start one by one.
   * @returns the round, to be told with what becomes of the call
   */
  started(now: number): number {
    if (this.#refusals > 0) {
      this.#podsFrom = Math.max(this.#podsFrom, now + PACE_MS);
      this.#othersFrom = Math.max(this.#othersFrom, now + PACE_MS);
    }
    return this.#round;
  }

  /** Neutron answered something, were it a complaint about the call: it serves. */
  answered(round: number): void {
    if (round === this.#round) this.#refusals = 0;
  }

  /** Neutron refused for load. @param retryAfterMs what it asked for, in milliseconds */
  refused(now: number, round: number, retryAfterMs: number | undefined): void {
    const isNew = round === this.#round;
    if (!isNew && retryAfterMs === undefined) return;
    if (isNew) {
      this.#round++;
      this.#refusals++;
      this.#podsFrom = now + this.#jittered(PROBE_MS);
      this.#othersFrom = now;
    }
    this.#othersFrom = Math.max(this.#othersFrom, now + this.#pause(retryAfterMs));
  }

  /** What is asked for is kept and a bit more; a pause of our own is between half and all of the doubled one. */
  #pause(retryAfterMs: number | undefined): number {
    if (retryAfterMs !== undefined) {
      return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) * (1 + this.#random() / 4);
    }
    return this.#jittered(Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#refusals - 1)));
  }

  #jittered(ms: number): number {
    return ms * (0.5 + this.#random() / 2);
  }
}

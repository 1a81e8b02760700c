import { messageOf } from "../../cni/errors.ts";
import { isOpenStackError } from "../../openstack/errors.ts";
import { gistOf } from "./gist.ts";
import { type PauseLimits, pauseMs } from "./pause.ts";

/** Neutron, its agent or the node failed: it may be well again soon. */
const TROUBLE: PauseLimits = { firstMs: 2_000, longestMs: 60_000 };
/** Somebody has to free or raise something first. */
const NO_ROOM: PauseLimits = { firstMs: 30_000, longestMs: 600_000 };

export interface LastFailure {
  readonly message: string;
  /** What tells it from another failure. */
  readonly gist: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What a pool has learnt from failures: when to try again, and how many ports there is room for. */
export class Setback {
  #failures = 0;
  #pausedUntil = 0;
  #ceiling = { ports: Number.POSITIVE_INFINITY, until: 0 };
  #last: LastFailure | undefined;
  #isTransient = false;

  /** @param ports how many the pool has without pods: there was no room for more, if that is what failed */
  failed(error: unknown, ports: number, now: number, random: number): void {
    const hasNoRoom = isNoRoom(error);
    this.#failures += 1;
    this.#pausedUntil = now + pauseMs(this.#failures, random, hasNoRoom ? NO_ROOM : TROUBLE);
    this.#last = { message: messageOf(error), gist: gistOf(error), at: now };
    this.#isTransient = isOpenStackError(error) && error.retryable;
    if (hasNoRoom) this.#limit(ports, now);
  }

  /** Room is needed by pods, for the reason `message`: for a while there are no more than `ports`. */
  shrink(ports: number, now: number, message: string): void {
    this.#last = { message, gist: message, at: now };
    this.#limit(ports, now);
  }

  #limit(ports: number, now: number): void {
    this.#ceiling = { ports: Math.min(ports, this.ceiling(now)), until: now + NO_ROOM.longestMs };
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pausedUntil = 0;
    this.#last = undefined;
  }

  /** What failed is there again, as others have seen. @returns whether that ends a pause */
  forgive(): boolean {
    if (!this.#isTransient || this.#failures === 0) return false;
    this.succeeded();
    return true;
  }

  /** Most ports that there is room for. */
  ceiling(now: number): number {
    return now < this.#ceiling.until ? this.#ceiling.ports : Number.POSITIVE_INFINITY;
  }

  /** Milliseconds since the epoch; 0: it does not pause. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  get last(): LastFailure | undefined {
    return this.#last;
  }
}

/** The quota is used up, or the subnet. */
export function isNoRoom(error: unknown): boolean {
  return isOpenStackError(error, "quota", "addressesExhausted");
}

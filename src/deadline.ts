/** The time a verb was given has run out, or what is left of it cannot suffice. Nothing is left half done. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * One budget from the runtime's call to the last request: everything that waits takes its signal.
 * The undo of a failed ADD runs under a reserve of its own, so that running out of time leaves nothing behind.
 */
export class Deadline {
  readonly signal: AbortSignal;
  private readonly endsAt: number;
  private readonly controller = new AbortController();
  private readonly timer: ReturnType<typeof setTimeout>;

  /**
   * @param seconds what the verb may take in all
   * @param elapsedMs how much of that is over already, where the call was begun by another process
   */
  constructor(
    readonly what: string,
    readonly seconds: number,
    elapsedMs = 0,
  ) {
    const leftMs = Math.max(0, seconds * 1000 - elapsedMs);
    this.endsAt = performance.now() + leftMs;
    this.signal = this.controller.signal;
    const end = () => this.cancel(`${what} was not done within its ${seconds} s`);
    this.timer = setTimeout(end, leftMs);
    if (leftMs === 0) end();
    this.timer.unref();
  }

  /** Milliseconds left; never negative. */
  get leftMs(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  /** When the budget ends, in milliseconds since the epoch. */
  get endsAtEpochMs(): number {
    return Date.now() + this.leftMs;
  }

  /** Ends everything that waits on this deadline; the reason becomes the error. */
  cancel(reason: string): void {
    this.controller.abort(new DeadlineError(reason));
  }

  /** Throws when the time is over, or when less than `ms` is left for a step that needs about that. */
  require(ms: number, step: string): void {
    this.signal.throwIfAborted();
    if (this.leftMs < ms) {
      throw new DeadlineError(
        `${step} needs about ${(ms / 1000).toFixed(1)} s, and ${(this.leftMs / 1000).toFixed(1)} s of the ${this.seconds} s for ${this.what} are left`,
      );
    }
  }

  /** Lets the process end. */
  [Symbol.dispose](): void {
    clearTimeout(this.timer);
  }
}

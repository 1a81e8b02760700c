export interface BackOffLimits {
  /** Milliseconds to wait at most after the first failure. */
  readonly first: number;
  /** Milliseconds to wait at most after however many. */
  readonly longest: number;
}

/** Longer and longer waits between attempts, spread so that the nodes of a cluster do not return all at once. */
export class BackOff {
  private failures = 0;

  /** @param random between 0 and 1; for tests */
  constructor(
    private readonly limits: BackOffLimits,
    private readonly random: () => number = Math.random,
  ) {}

  /** Counts a failure. @returns milliseconds to wait: between a quarter and the whole of a time that doubles */
  next(): number {
    const { first, longest } = this.limits;
    const whole = Math.min(longest, first * 2 ** Math.min(this.failures, 30));
    this.failures++;
    return whole * (0.25 + 0.75 * this.random());
  }

  /** After a success. */
  reset(): void {
    this.failures = 0;
  }
}

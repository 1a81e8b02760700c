/** Time, for what has to be tested without waiting for it; tests have clocks of their own. */
export interface Clock {
  /** Milliseconds since the moment that the clock counts from. */
  now(): number;
  /** Calls `run` once in `ms` milliseconds. @returns what takes that back */
  after(ms: number, run: () => void): () => void;
}

/** Counts from the process's start, and never goes back. */
export const steadyClock: Clock = { now: () => performance.now(), after };

/** Counts from the epoch, as the store writes times. */
export const wallClock: Clock = { now: () => Date.now(), after };

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

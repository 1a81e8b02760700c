/** Time, as far as the pools need it; tests have one of their own. */
export interface Clock {
  /** Milliseconds since the epoch, as the store writes them. */
  now(): number;
  /** Calls `run` once in `ms` milliseconds. @returns what takes that back */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

import type { Clock } from "../../clock.ts";
import { type PauseLimits, pauseMs } from "./pause.ts";

export interface JobOptions {
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  /** Does what there is to do. @returns when there will be more, in milliseconds; undefined: when it is woken */
  readonly run: (signal: AbortSignal) => Promise<number | undefined>;
  /** Told why a run failed; after `pauseMs` it is tried again. */
  readonly onFailure: (error: unknown, pauseMs: number) => void;
  /** Told when a run that follows a failure is well. */
  readonly onRecovery?: () => void;
  readonly pauses?: PauseLimits;
}

const PAUSES: PauseLimits = { firstMs: 1_000, longestMs: 60_000 };

/** Work that is woken by events and by time, is never at work twice at once, and after a failure leaves growing pauses. */
export class Job {
  readonly #options: JobOptions;
  readonly #stopped = new AbortController();
  #failures = 0;
  #notBefore = 0;
  /** When it runs next, and how that is taken back. */
  #next: { at: number; cancel: () => void } | undefined;
  #running: Promise<void> | undefined;

  constructor(options: JobOptions) {
    this.#options = options;
  }

  /** Lets it run in `inMs` milliseconds, or earlier if it was to run earlier. */
  wake(inMs = 0): void {
    if (this.#stopped.signal.aborted) return;
    const { clock } = this.#options;
    const at = Math.max(clock.now() + inMs, this.#notBefore);
    if (this.#next !== undefined && this.#next.at <= at) return;
    this.#next?.cancel();
    const cancel = clock.after(Math.max(0, at - clock.now()), () => this.#due());
    this.#next = { at, cancel };
  }

  /** What it waited for after a failure is there again, as others have seen. */
  forgive(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#notBefore = 0;
    this.wake();
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Ends what is at work, and waits for that. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error("the agent stops"));
    this.#next?.cancel();
    this.#next = undefined;
    await this.#running;
  }

  #due(): void {
    if (this.#running !== undefined) {
      this.#next = { at: Number.NEGATIVE_INFINITY, cancel: () => {} };
      return;
    }
    this.#next = undefined;
    this.#running = this.#run().then((inMs) => {
      this.#running = undefined;
      const wasWoken = this.#next?.at === Number.NEGATIVE_INFINITY;
      if (wasWoken) this.#next = undefined;
      if (wasWoken) this.wake();
      else if (inMs !== undefined) this.wake(inMs);
    });
  }

  async #run(): Promise<number | undefined> {
    const { clock, random, run, onFailure, pauses = PAUSES } = this.#options;
    const { signal } = this.#stopped;
    try {
      const inMs = await run(signal);
      const hadFailed = this.#failures > 0;
      this.#failures = 0;
      if (hadFailed) this.#options.onRecovery?.();
      return inMs;
    } catch (error) {
      if (signal.aborted) return undefined;
      this.#failures += 1;
      const pause = pauseMs(this.#failures, random(), pauses);
      this.#notBefore = clock.now() + pause;
      onFailure(error, pause);
      return pause;
    }
  }
}

import type { Logger } from "../log.ts";

/** What no work may outlast, in milliseconds. */
const LONGEST_MS = 60_000;

/** Work that is done after a verb was answered. Nobody waits for it, so its failures are logged here. */
export class Background {
  private readonly atWork = new Map<string, Promise<void>>();
  private readonly ending = new AbortController();

  constructor(
    private readonly log: Logger,
    private readonly longestMs = LONGEST_MS,
  ) {}

  /** How many works are not done yet. */
  get size(): number {
    return this.atWork.size;
  }

  /** Begins `work` when what runs now has given way; while one of that name is at work, another is not begun. */
  later(name: string, work: (signal: AbortSignal) => Promise<void> | void): void {
    if (this.atWork.has(name) || this.ending.signal.aborted) return;
    this.atWork.set(
      name,
      this.run(name, work).finally(() => this.atWork.delete(name)),
    );
  }

  /** Takes no more work, waits up to `ms` milliseconds for what is begun, and then aborts it. */
  async stop(ms: number): Promise<void> {
    const all = Promise.allSettled(this.atWork.values());
    await Promise.race([all, Bun.sleep(ms)]);
    this.ending.abort(new Error("the agent is stopping"));
    await all;
  }

  private async run(name: string, work: (signal: AbortSignal) => Promise<void> | void): Promise<void> {
    // Not a microtask: the answer is to be on its way first.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await work(AbortSignal.any([this.ending.signal, AbortSignal.timeout(this.longestMs)]));
    } catch (error) {
      if (!this.ending.signal.aborted) this.log.warn(`could not ${name}`, { error });
    }
  }
}

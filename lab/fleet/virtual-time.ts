/**
 * Time that leaps: the process's clocks and timers, replaced. Nothing waits; when all that can happen now has happened, it
 * is at once as late as the next timer. What is simulated may take hours, and a busy machine changes nothing of it.
 *
 * It holds for code that waits for timers alone: sockets and files of others keep to the real time.
 */

interface Timer {
  readonly at: number;
  /** Of two timers of one moment the first that was set comes first. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** When the simulated time begins: any moment, always the same. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

export class VirtualTime implements Disposable {
  readonly #timers = new TimerHeap();
  readonly #restore: (() => void)[] = [];
  readonly #giveWay = globalThis.setImmediate;
  #now = 0;
  #order = 0;

  /** Replaces clocks, timers and Math.random until it is disposed. @param seed the same gives the same run */
  constructor(seed: number) {
    const random = seeded(seed);
    const after = (ms: number, run: () => void) => this.after(ms, run);
    const setTimer = (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
      after(ms, () => run(...values));
    const setSoon = (run: (...values: unknown[]) => void, ...values: unknown[]) =>
      after(0, () => run(...values));
    const clear = (timer: unknown) => {
      if (timer instanceof TimerHandle) timer.cancel();
    };
    this.#replace(globalThis, "setTimeout", setTimer);
    this.#replace(globalThis, "clearTimeout", clear);
    this.#replace(globalThis, "setImmediate", setSoon);
    this.#replace(globalThis, "clearImmediate", clear);
    this.#replace(Bun, "sleep", (ms: number) => this.sleep(ms));
    this.#replace(AbortSignal, "timeout", (ms: number) => this.#timeout(ms));
    this.#replace(Date, "now", () => Math.floor(EPOCH_MS + this.#now));
    this.#replace(performance, "now", () => this.#now);
    this.#replace(Math, "random", random);
  }

  /** Milliseconds since it began. */
  get now(): number {
    return this.#now;
  }

  /** Calls `run` once in `ms` milliseconds. */
  after(ms: number, run: () => void): TimerHandle {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run, isCancelled: false };
    this.#timers.add(timer);
    return new TimerHandle(timer);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /**
   * Lets time pass until `work` is done.
   *
   * @throws what `work` throws; Error when it waits for what no timer will ever bring
   */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    for (;;) {
      await new Promise<void>((resolve) => void this.#giveWay(resolve));
      if (isDone) return work;
      const next = this.#timers.take();
      if (next === undefined) throw new Error("time stands still: what is waited for has no timer");
      this.#now = next.at;
      next.run();
    }
  }

  [Symbol.dispose](): void {
    for (const restore of this.#restore.splice(0).reverse()) restore();
  }

  #timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    this.after(ms, () => controller.abort(new DOMException("The operation timed out.", "TimeoutError")));
    return controller.signal;
  }

  #replace(object: object, name: string, value: unknown): void {
    const members = object as Record<string, unknown>;
    const real = members[name];
    members[name] = value;
    this.#restore.push(() => {
      members[name] = real;
    });
  }
}

/** What `setTimeout` answers: the simulation never ends because nothing else holds it. */
export class TimerHandle {
  constructor(private readonly timer: Timer) {}

  cancel(): void {
    this.timer.isCancelled = true;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/** The earliest first. */
class TimerHeap {
  readonly #timers: Timer[] = [];

  add(timer: Timer): void {
    const timers = this.#timers;
    let place = timers.push(timer) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = timers[above] as Timer;
      if (isBefore(parent, timer)) break;
      timers[place] = parent;
      place = above;
    }
    timers[place] = timer;
  }

  /** @returns undefined when there is none that was not taken back */
  take(): Timer | undefined {
    for (;;) {
      const first = this.#timers[0];
      const last = this.#timers.pop();
      if (first === undefined || last === undefined) return undefined;
      if (first !== last) this.#sink(last);
      if (!first.isCancelled) return first;
    }
  }

  /** Puts `timer` where the first was taken from, and lets earlier ones rise. */
  #sink(timer: Timer): void {
    const timers = this.#timers;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      const [left, right] = [timers[below], timers[below + 1]];
      if (left === undefined) break;
      if (right !== undefined && isBefore(right, left)) below += 1;
      const child = timers[below] as Timer;
      if (isBefore(timer, child)) break;
      timers[place] = child;
      place = below;
    }
    timers[place] = timer;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

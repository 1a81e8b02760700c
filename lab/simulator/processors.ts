/** What calls cost Neutron: each takes its time of one processor, and they wait for one in the order they came. */
import type { Settings } from "./settings.ts";

/** What the processors have done since the start, or since the last `DELETE /_sim/load`. Times are in milliseconds. */
export interface Load {
  served: number;
  /** Calls that found the queue full. */
  refused: number;
  /** Time of processors, all added up. */
  busy_ms: { read: number; write: number };
  /** Calls that wait for a processor, now and at the most. */
  waiting: number;
  most_waiting: number;
}

type Cost = Pick<Settings, "processors" | "write_ms" | "read_ms" | "queue_limit">;

export class Processors {
  readonly #cost: Cost;
  readonly #random: () => number;
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #load: Omit<Load, "waiting"> = idle();

  /**
   * @param cost looked at for every call, for it may change
   * @param random gives numbers from 0 to 1
   */
  constructor(cost: Cost, random: () => number = Math.random) {
    this.#cost = cost;
    this.#random = random;
  }

  /**
   * Waits for a processor, and for as long as the call takes of it.
   *
   * @returns false when the queue is full: the call is refused, and costs nothing
   */
  async serve(method: string, body: string): Promise<boolean> {
    const { processors, queue_limit } = this.#cost;
    if (processors === 0) return true;
    if (queue_limit > 0 && this.#busy >= processors && this.#queue.length >= queue_limit) {
      this.#load.refused += 1;
      return false;
    }
    await this.#turn();
    const isRead = method === "GET";
    const { read_ms, write_ms } = this.#cost;
    const ms = isRead ? this.#between(read_ms) : objectsIn(body) * this.#between(write_ms);
    await Bun.sleep(ms);
    this.#load.busy_ms[isRead ? "read" : "write"] += ms;
    this.#load.served += 1;
    this.#busy -= 1;
    this.#startNext();
    return true;
  }

  get load(): Load {
    return { ...this.#load, busy_ms: { ...this.#load.busy_ms }, waiting: this.#queue.length };
  }

  clear(): void {
    this.#load = idle();
    this.#load.most_waiting = this.#queue.length;
  }

  /** Waits for a processor. */
  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#queue.push(resolve);
    this.#startNext();
    this.#load.most_waiting = Math.max(this.#load.most_waiting, this.#queue.length);
    return promise;
  }

  /** Hands processors that are free to those who wait longest. */
  #startNext(): void {
    const processors = this.#cost.processors || Number.POSITIVE_INFINITY;
    while (this.#busy < processors) {
      const start = this.#queue.shift();
      if (start === undefined) return;
      this.#busy += 1;
      start();
    }
  }

  #between([least, most]: readonly [number, number]): number {
    return least + this.#random() * (most - least);
  }
}

function idle(): Omit<Load, "waiting"> {
  return { served: 0, refused: 0, busy_ms: { read: 0, write: 0 }, most_waiting: 0 };
}

/** A bulk creation takes as long as its objects one by one, as measured on Neutron 21: 417 ms for each of ten bound ports. */
function objectsIn(body: string): number {
  try {
    const [value] = Object.values(JSON.parse(body) as Record<string, unknown>);
    return Array.isArray(value) && typeof value[0] === "object" ? value.length : 1;
  } catch {
    return 1;
  }
}

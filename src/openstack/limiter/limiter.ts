import { type Clock, steadyClock } from "../../clock.ts";
import { type CallGate, type GatedCall, PRIORITIES, type Priority } from "../call-gate.ts";
import { isOpenStackError, OpenStackError, type OpenStackErrorKind } from "../errors.ts";
import { BackOff } from "./back-off.ts";
import { operationOf } from "./operation.ts";
import { type Place, Queue } from "./queue.ts";
import { Window } from "./window.ts";

/** A call that was made, for metrics. */
export interface FinishedCall {
  /** Method and collection: `POST ports`, `PUT ports/tags`. */
  readonly operation: string;
  readonly result: "ok" | OpenStackErrorKind;
  /** From its start to its answer, without the time in the queue. */
  readonly seconds: number;
}

export interface LimiterOptions {
  /** How many calls may be under way at once, fewer while Neutron is slow; from three on no lane can block the others. */
  readonly calls: number;
  /** Told of every call, its retries one by one; must not throw. */
  readonly onCall?: (call: FinishedCall) => void;
  readonly clock?: Clock;
  /** Numbers from 0 to 1. */
  readonly random?: () => number;
}

/** The limiter at this moment. */
export interface LimiterState {
  readonly inFlight: number;
  readonly waiting: Readonly<Record<Priority, number>>;
  /** For how long Neutron is still left alone, in milliseconds; 0: calls start as they come. */
  readonly backingOffMs: number;
}

/** HTTP statuses by which a service says that it has too much to do. */
const OVERLOADED: ReadonlySet<number | undefined> = new Set([413, 429, 503]);

/** A call from the moment it asks to be made until it is done. */
interface Candidate extends Place {
  /** Ends the waiting. @param round of the back-off */
  start(round: number): void;
}

/**
 * The one place that every call of a node to one Neutron passes: it bounds the calls under way, lets the important ones start
 * first and the lanes take turns ({@link Queue}), sends less to a slow Neutron ({@link Window}), and leaves one alone that
 * refuses for load or does not answer in time ({@link BackOff}).
 */
export class Limiter implements CallGate {
  readonly #options: LimiterOptions;
  readonly #clock: Clock;
  readonly #queue: Queue<Candidate>;
  readonly #backOff: BackOff;
  readonly #window: Window;
  /** Why Neutron was left alone last. */
  #refusal: OpenStackError | undefined;
  #cancelWake: (() => void) | undefined;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#clock = options.clock ?? steadyClock;
    this.#queue = new Queue(options.calls);
    this.#backOff = new BackOff(options.random);
    this.#window = new Window(options.calls);
  }

  async run<T>(call: GatedCall, send: () => Promise<T>): Promise<T> {
    const { candidate, round } = await this.#turnOf(call);
    const startedAt = this.#clock.now();
    const windowAtStart = this.#window.started();
    let result: FinishedCall["result"] = "ok";
    try {
      const answer = await send();
      this.#backOff.answered(round);
      return answer;
    } catch (error) {
      result = isOpenStackError(error) ? error.kind : "unexpected";
      this.#learnFrom(error, round, this.#clock.now() - startedAt);
      throw error;
    } finally {
      const ms = this.#clock.now() - startedAt;
      this.#window.finished(windowAtStart, ms);
      this.#queue.slots = this.#window.calls;
      this.#queue.remove(candidate);
      this.#startCalls();
      this.#options.onCall?.({
        operation: operationOf(call.method, call.path),
        result,
        seconds: ms / 1000,
      });
    }
  }

  get state(): LimiterState {
    const queue = this.#queue;
    return {
      inFlight: queue.underWay,
      waiting: { pod: queue.waiting("pod"), pool: queue.waiting("pool"), delete: queue.waiting("delete") },
      backingOffMs: Math.max(0, this.#backOff.opensAt("delete") - this.#clock.now()),
    };
  }

  /** Waits until `call` may start. */
  #turnOf(call: GatedCall): Promise<{ candidate: Candidate; round: number }> {
    const { priority, lane, signal } = call;
    return new Promise((resolve, reject) => {
      const since = this.#clock.now();
      const giveUp = () => {
        const error = this.#tooLate(call, since);
        this.#queue.remove(candidate);
        this.#startCalls();
        reject(error);
      };
      const start = (round: number) => {
        signal.removeEventListener("abort", giveUp);
        resolve({ candidate, round });
      };
      const candidate: Candidate = { priority, lane, since, start };
      this.#queue.add(candidate);
      if (signal.aborted) return giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
      this.#startCalls();
    });
  }

  /** Starts every call that may start now; looks again when the back-off lets the next one. */
  #startCalls(): void {
    const now = this.#clock.now();
    const isOpen = (priority: Priority) => this.#backOff.opensAt(priority) <= now;
    for (let next = this.#queue.next(now, isOpen); next !== undefined; next = this.#queue.next(now, isOpen)) {
      next.start(this.#backOff.started(now));
    }
    this.#cancelWake?.();
    const closed = PRIORITIES.filter((priority) => !isOpen(priority) && this.#queue.waiting(priority) > 0);
    const opensAt = Math.min(...closed.map((priority) => this.#backOff.opensAt(priority)));
    this.#cancelWake =
      closed.length > 0 ? this.#clock.after(opensAt - now, () => this.#startCalls()) : undefined;
  }

  /** What a failure says about Neutron's load: too much, none of concern, or, when a proxy answers in its place, nothing. */
  #learnFrom(error: unknown, round: number, ms: number): void {
    if (!isOpenStackError(error)) return;
    const isTooSlow = error.kind === "timeout" && Window.isSlow(ms);
    if (error.status === undefined && !isTooSlow) return;
    if (isTooSlow || OVERLOADED.has(error.status)) {
      this.#refusal = error;
      this.#backOff.refused(this.#clock.now(), round, error.retryAfterMs);
    } else if (error.status !== undefined && error.status < 500) {
      this.#backOff.answered(round);
    }
  }

  #tooLate({ method, path, signal }: GatedCall, since: number): OpenStackError {
    const { inFlight, waiting, backingOffMs } = this.state;
    const seconds = ((this.#clock.now() - since) / 1000).toFixed(1);
    const others = waiting.pod + waiting.pool + waiting.delete - 1;
    const refused = backingOffMs > 0 ? `; Neutron refuses for load: ${this.#refusal?.message}` : "";
    return new OpenStackError(
      {
        service: "neutron",
        kind: "timeout",
        method,
        url: path,
        said:
          `waited ${seconds} s in skynet's own queue and was not sent (${inFlight} of ${this.#options.calls} calls under way, ` +
          `${others} others waiting${refused})`,
        hint: "Neutron is slow or overloaded; agent.neutron_calls sets how many calls a node makes at once",
        retryable: true,
      },
      { cause: signal.reason },
    );
  }
}

import { PRIORITIES } from "../../openstack/call-gate.ts";
import type { OpenStackErrorKind } from "../../openstack/errors.ts";
import { type FinishedCall, Limiter } from "../../openstack/limiter/limiter.ts";
import type { Metrics } from "./metrics.ts";

/** Results by which nothing can be said but that Neutron does not serve. */
const AWAY: ReadonlySet<"ok" | OpenStackErrorKind> = new Set([
  "unreachable",
  "timeout",
  "tls",
  "unavailable",
  "unexpected",
]);

/** Makes the limiters of a node's calls, one for each Neutron, and shows in the metrics what they do. */
export class NeutronMeter {
  readonly #metrics: Metrics;
  readonly #limiters: Limiter[] = [];
  readonly #away = new Set<Limiter>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    metrics.neutronInFlight.from(() => [[{}, this.#sum(({ state }) => state.inFlight)]]);
    metrics.neutronWaiting.from(() =>
      PRIORITIES.map((priority) => [{ priority }, this.#sum(({ state }) => state.waiting[priority])]),
    );
    metrics.neutronBackOff.from(() => [
      [{}, Math.max(0, ...this.#limiters.map(({ state }) => state.backingOffMs)) / 1000],
    ]);
    metrics.neutronUp.from(() => [[{}, Number(this.isUp)]]);
  }

  /** Whether every Neutron answered the last call. */
  get isUp(): boolean {
    return this.#away.size === 0;
  }

  /** A limiter for one Neutron. @param calls how many may be under way at once */
  limiter(calls: number): Limiter {
    const limiter: Limiter = new Limiter({ calls, onCall: (call) => this.#note(limiter, call) });
    this.#limiters.push(limiter);
    return limiter;
  }

  #note(limiter: Limiter, { operation, result, seconds }: FinishedCall): void {
    this.#metrics.neutronRequests.add({ operation, result });
    this.#metrics.neutronDuration.observe({ operation }, seconds);
    if (AWAY.has(result)) this.#away.add(limiter);
    else this.#away.delete(limiter);
  }

  #sum(value: (limiter: Limiter) => number): number {
    return this.#limiters.reduce((sum, limiter) => sum + value(limiter), 0);
  }
}

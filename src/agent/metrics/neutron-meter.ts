import { PRIORITIES } from "../../openstack/call-gate.ts";
import type { OpenStackErrorKind } from "../../openstack/errors.ts";
import { type FinishedCall, Limiter, type LimiterState } from "../../openstack/limiter/limiter.ts";
import type { OpenStackSettings } from "../../openstack/settings.ts";
import type { Metrics } from "./metrics.ts";

/** Results by which nothing can be said but that Neutron does not serve. */
const AWAY: ReadonlySet<"ok" | OpenStackErrorKind> = new Set([
  "unreachable",
  "timeout",
  "tls",
  "unavailable",
  "unexpected",
]);

export interface NeutronState extends LimiterState {
  readonly neutron: string;
  readonly isUp: boolean;
}

/** Keeps the limiters of a node's calls, one for each Neutron, and shows in the metrics what they do. */
export class NeutronMeter {
  readonly #metrics: Metrics;
  readonly #calls: number;
  readonly #limiters = new Map<string, Limiter>();
  readonly #away = new Set<Limiter>();

  /** @param calls how many calls to one Neutron may be under way at once */
  constructor(metrics: Metrics, calls: number) {
    this.#metrics = metrics;
    this.#calls = calls;
    metrics.neutronInFlight.from(() => [[{}, this.#sum(({ state }) => state.inFlight)]]);
    metrics.neutronWaiting.from(() =>
      PRIORITIES.map((priority) => [{ priority }, this.#sum(({ state }) => state.waiting[priority])]),
    );
    metrics.neutronBackOff.from(() => [[{}, this.backingOffMs / 1000]]);
    metrics.neutronUp.from(() => [[{}, Number(this.isUp)]]);
  }

  /** Whether every Neutron answered the last call. */
  get isUp(): boolean {
    return this.#away.size === 0;
  }

  /** For how long calls are still held back because Neutron refused some for load, in milliseconds. */
  get backingOffMs(): number {
    return Math.max(0, ...[...this.#limiters.values()].map(({ state }) => state.backingOffMs));
  }

  /** Each Neutron by its address, whether it answered the last call, and what its limiter is at: for people. */
  get states(): readonly NeutronState[] {
    return [...this.#limiters].map(([neutron, limiter]) => {
      return { neutron, isUp: !this.#away.has(limiter), ...limiter.state };
    });
  }

  /** The limiter of the Neutron that `settings` lead to, whoever calls it. */
  limiterFor(settings: OpenStackSettings): Limiter {
    const key = neutronOf(settings);
    const known = this.#limiters.get(key);
    if (known !== undefined) return known;
    const limiter: Limiter = new Limiter({
      calls: this.#calls,
      onCall: (call) => this.#note(limiter, call),
    });
    this.#limiters.set(key, limiter);
    return limiter;
  }

  #note(limiter: Limiter, { operation, result, seconds }: FinishedCall): void {
    this.#metrics.neutronRequests.add({ operation, result });
    this.#metrics.neutronDuration.observe({ operation }, seconds);
    if (AWAY.has(result)) this.#away.add(limiter);
    else this.#away.delete(limiter);
  }

  #sum(value: (limiter: Limiter) => number): number {
    return [...this.#limiters.values()].reduce((sum, limiter) => sum + value(limiter), 0);
  }
}

/** Tells one Neutron from another: its URL, or where in which catalogue it stands. */
function neutronOf({ endpoint, auth, region, interface: which }: OpenStackSettings): string {
  if (endpoint !== undefined) return endpoint.replace(/\/+$/, "");
  const catalogue = auth.type === "none" ? "no catalogue" : auth.authUrl;
  return [catalogue, ...(region === undefined ? [] : [region]), which].join(" ");
}

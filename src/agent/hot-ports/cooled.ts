import type { Port } from "../../openstack/neutron/ports.ts";
import type { PortAddresses, WiringPlan } from "../../wiring/wiring.ts";
import type { Desk, PooledRow } from "./desk.ts";
import { missingOf } from "./policy.ts";
import { recheck } from "./recheck.ts";
import { isAway, readyUnasked } from "./unasked.ts";

/**
 * How long ports that may be used again wait for others to be looked at with, where enough are ready: so many times the
 * cooldown. Requests are few then, and a port is looked at when it is needed.
 */
const GATHERING = 2;
/**
 * Least time between two looks: where a port is ready others may gather meanwhile, where none is a pod may wait. A Neutron
 * that is away is left alone for longer.
 */
const LEAST_GAP_MS = { someReady: 2_500, noneReady: 500, away: 10_000 };

/** Ports whose pods are gone, of one Neutron: from their return to their next pod. */
export class Cooled {
  /** Rows whose connections were forgotten on their return. */
  #forgotten = new Set<number>();
  /** What the wiring has warned of. */
  readonly #said = new Set<string>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Ports were made ready without Neutron's word: it is asked for that as soon as it is back. */
  #isUnasked = false;

  constructor(
    private readonly desk: Desk,
    private readonly endpoint: string,
  ) {}

  /**
   * A port stays here until the connections of its last pod were forgotten.
   *
   * @returns when to run again, in milliseconds; undefined: when another one has come back
   */
  async run(signal: AbortSignal): Promise<number | undefined> {
    await this.#forgetNew(signal);
    const now = this.desk.now();
    const rows = this.#cooling(now);
    const due = rows.filter((pooled) => dueAt(pooled) <= now);
    const at = this.#lookAt(due);
    if (at !== undefined && at <= now) {
      this.#lookedAt = now;
      // Packets on their way to the pods may have been tracked since the pods' removal.
      await this.#forget(due, signal);
      await this.#makeReady(due, signal);
      this.desk.wake("pools", this.endpoint);
      return 0;
    }
    const times = [...rows.map(dueAt).filter((time) => time > now), ...(at === undefined ? [] : [at])];
    return times.length === 0 ? undefined : Math.min(...times) - now;
  }

  /** Of a time that is still to come, for the clock was put back, nobody knows how long ago it was: those cool from now on. */
  #cooling(now: number): PooledRow[] {
    this.#lookedAt = Math.min(this.#lookedAt, now);
    for (const { row } of this.desk.rows(this.endpoint, "cooling")) {
      if (row.changedAt > now) this.desk.store.hotPorts.move(row.id, "cooling", "cooling");
    }
    return this.desk.rows(this.endpoint, "cooling");
  }

  async #makeReady(due: readonly PooledRow[], signal: AbortSignal): Promise<void> {
    const unasked = this.#isUnasked ? this.desk.rows(this.endpoint, "hot") : [];
    try {
      await recheck(this.desk, [...due, ...unasked], signal);
      this.#isUnasked = false;
    } catch (error) {
      if (signal.aborted || !isAway(error)) throw error;
      const count = await readyUnasked(this.desk, due, signal);
      if (count === 0 && !this.#isUnasked) throw error;
      this.#isUnasked = true;
      const log = due[0]?.pool.site.log;
      if (count > 0) log?.warn("Neutron is away: ports are used again by the node's own signs", { count });
    }
  }

  /** When those that have cooled are looked at: soon where they are needed, with others where there is time. */
  #lookAt(due: readonly PooledRow[]): number | undefined {
    if (due.length === 0) return this.#isUnasked ? this.#lookedAt + LEAST_GAP_MS.away : undefined;
    const now = this.desk.now();
    const pools = [...new Set(due.map(({ pool }) => pool))];
    const needed = pools.filter((pool) => missingOf(pool.settings, this.desk.standingOf(pool), now) > 0);
    const times = due.map((pooled) => {
      const waits = needed.includes(pooled.pool) ? 0 : pooled.pool.settings.cooldownMs * GATHERING;
      return dueAt(pooled) + waits;
    });
    const isReady = needed.every(({ key }) => this.desk.store.hotPorts.counts(key).hot > 0);
    const gap = LEAST_GAP_MS[this.#isUnasked ? "away" : isReady ? "someReady" : "noneReady"];
    return Math.max(Math.min(...times), this.#lookedAt + gap);
  }

  async #forgetNew(signal: AbortSignal): Promise<void> {
    const rows = this.desk.rows(this.endpoint, "cooling");
    const isNew = ({ row }: PooledRow) => !this.#forgotten.has(row.id);
    await this.#forget(rows.filter(isNew), signal);
    this.#forgotten = new Set(rows.map(({ row }) => row.id));
  }

  /** @throws as the wiring's `forgetConnections` */
  async #forget(rows: readonly PooledRow[], signal: AbortSignal): Promise<void> {
    for (const [{ surroundings, log }, those] of Map.groupBy(rows, ({ pool }) => pool.site)) {
      const warnings = await surroundings.wiring.forgetConnections(those.flatMap(addressesOf), signal);
      for (const warning of warnings) {
        if (!this.#said.has(warning)) log.warn(warning);
        this.#said.add(warning);
      }
    }
  }
}

/** One without a plan is given up when it is looked at. */
function addressesOf({ row }: PooledRow): PortAddresses[] {
  const plan = row.wiring as WiringPlan | null | undefined;
  const { fixed_ips } = row.port as Port;
  return plan ? [{ plan, addresses: fixed_ips.map(({ ip_address }) => ip_address) }] : [];
}

function dueAt({ row, pool }: PooledRow): number {
  return row.changedAt + pool.settings.cooldownMs;
}

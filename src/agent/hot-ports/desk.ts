/** What the parts of the manager share. */
import type { HotPortSpec } from "../../attachment/hot-port.ts";
import type { World } from "../../attachment/world.ts";
import type { Clock } from "../../clock.ts";
import type { AttachmentRecord, HotPortRecord, HotPortState, Store } from "../../state/index.ts";
import type { Counters } from "./counters.ts";
import { gistOf } from "./gist.ts";
import type { Standing } from "./policy.ts";
import { Pool } from "./pool.ts";
import { type Errand, errand, type NeutronFor, type Site } from "./site.ts";

export interface DeskOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** Numbers from 0 to 1. */
  readonly random: () => number;
  readonly neutronFor: NeutronFor;
  /** A pod's port is not in Neutron any more. */
  readonly onPortGone: (site: Site, record: AttachmentRecord) => void;
}

/** A port that waits for a pod, with its pool. */
export interface PooledRow {
  readonly row: HotPortRecord;
  readonly pool: Pool;
}

export class Desk {
  readonly pools = new Map<string, Pool>();
  readonly sites = new Map<string, Site>();
  /** The `device_id`s of creations at work: their rows are left to them. */
  readonly atWork = new Set<string>();
  /** Rows of an earlier agent that nobody has looked at yet, by their ids. */
  readonly unseen = new Map<number, { wasHot: boolean }>();
  /** No port is kept: the node is drained. */
  isDraining = false;
  /** Why ports are being deleted, by the id of their rows. */
  readonly #reasons = new Map<number, string>();

  constructor(
    readonly options: DeskOptions,
    readonly counters: Counters,
    /** Told when there is something in a state that somebody has to see to. */
    readonly wake: (state: HotPortState | "pools", endpoint: string) => void,
  ) {}

  get store(): Store {
    return this.options.store;
  }

  now(): number {
    return this.options.clock.now();
  }

  /** Rows of one Neutron in these states; those left out that a creation is at work on, or that nobody has looked at yet. */
  rows(endpoint: string, ...states: readonly HotPortState[]): PooledRow[] {
    return this.store.hotPorts.listIn(states).flatMap((row) => {
      const pool = this.pools.get(row.pool);
      const isHere = pool?.site.surroundings.endpointKey === endpoint;
      const isFree = !this.atWork.has(row.deviceId) && !this.unseen.has(row.id);
      return isHere && isFree ? [{ row, pool }] : [];
    });
  }

  /** The pool of this name, made if there is none; what an earlier agent has left of it is looked at first. */
  addPool(key: string, site: Site, spec: HotPortSpec, askedAt: number): Pool {
    const known = this.pools.get(key);
    if (known !== undefined) {
      known.site = site;
      return known;
    }
    const pool = new Pool(key, site, spec, askedAt);
    this.pools.set(key, pool);
    this.#setAside(pool);
    return pool;
  }

  /**
   * Keeps pods from a pool's ports that an earlier agent has left, until they were looked at: the node may have been started
   * anew since, and Neutron still says ACTIVE of what was wired before.
   */
  #setAside(pool: Pool): void {
    const { hotPorts } = this.store;
    for (const { id, state } of hotPorts.list(pool.key)) {
      const wasHot = state === "hot" && hotPorts.move(id, "hot", "wiring");
      if (wasHot || state === "wiring" || state === "cooling") this.unseen.set(id, { wasHot });
    }
  }

  /** Writes down, for the next agent, that a pool is asked for. */
  noteDemand({ key, site, spec }: Pool): void {
    const { network, surroundings } = site;
    this.store.pools.asked({ key, network, endpoint: surroundings.endpointKey, spec });
  }

  /** What the policy goes by. */
  standingOf(pool: Pool): Standing {
    const { hotPorts } = this.store;
    const now = this.now();
    const cooled = hotPorts.countCooled(pool.key, now - pool.settings.cooldownMs);
    const standing = pool.standing(hotPorts.counts(pool.key), cooled, now);
    return this.isDraining ? { ...standing, isRetired: true } : standing;
  }

  sitesOf(endpoint: string): Site[] {
    return [...this.sites.values()].filter(({ surroundings }) => surroundings.endpointKey === endpoint);
  }

  errand<T>(site: Site, task: Errand, work: (world: World) => Promise<T>): Promise<T> {
    return errand(site, this.options.neutronFor, task, work);
  }

  /**
   * Gives a port up, for good.
   *
   * @param reason in two or three words, for counting
   * @returns false when it has changed its state meanwhile: a pod has it
   */
  leave({ row, pool }: PooledRow, reason: string): boolean {
    if (!this.store.hotPorts.move(row.id, row.state, "leaving")) return false;
    this.#reasons.set(row.id, reason);
    this.wake("leaving", pool.site.surroundings.endpointKey);
    return true;
  }

  /** A port that was given up is gone. */
  gone({ row, pool }: PooledRow): void {
    const reason = this.#reasons.get(row.id) ?? "given up earlier";
    this.#reasons.delete(row.id);
    this.store.hotPorts.forget(row.id);
    this.counters.deleted(reason);
    pool.site.log.info("deleted a port that waited for a pod", { port: row.portId, why: reason });
    this.wake("pools", pool.site.surroundings.endpointKey);
  }

  /** A port that was to be ready for pods is not: it is deleted, and its pool pauses. */
  spoilt(pooled: PooledRow, reason: string, error: unknown): void {
    if (this.leave(pooled, reason)) this.failed(pooled.pool, error);
  }

  failed(pool: Pool, error: unknown): void {
    const { making, wiring, hot, cooling } = this.store.hotPorts.counts(pool.key);
    const isNew = pool.setback.last?.gist !== gistOf(error);
    pool.setback.failed(error, making + wiring + hot + cooling, this.now(), this.options.random());
    if (isNew) {
      const until = new Date(pool.setback.pausedUntil).toISOString();
      const about = { pool: pool.key, network: pool.spec.networkId, error, until };
      pool.site.log.warn("no ports are made ready for pods for now", about);
    }
    this.wake("pools", pool.site.surroundings.endpointKey);
  }
}

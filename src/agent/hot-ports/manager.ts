import { type HotPortSource, type HotPortSpec, poolKey, type Shortage } from "../../attachment/hot-port.ts";
import type { Target } from "../../attachment/target.ts";
import type { World } from "../../attachment/world.ts";
import { wallClock } from "../../clock.ts";
import type { Logger } from "../../log.ts";
import type { Port } from "../../openstack/neutron/ports.ts";
import type { AttachmentRecord, HotPortState, Store } from "../../state/index.ts";
import type { Surroundings } from "../../verbs/world.ts";
import { balance } from "./balance.ts";
import { Counters, type Counts } from "./counters.ts";
import { keepDefault } from "./defaults.ts";
import { Desk, type DeskOptions } from "./desk.ts";
import { fill } from "./fill.ts";
import { hasGroupsOf } from "./inspect.ts";
import type { Job } from "./job.ts";
import { jobMaker, type MakeJob } from "./job-maker.ts";
import { NeutronJobs } from "./neutron-jobs.ts";
import type { Pool } from "./pool.ts";
import { makeRoom } from "./room.ts";
import { type Site, settingsOf, siteKey, withTurn } from "./site.ts";
import { type HotPortsSnapshot, snapshotOf } from "./snapshot.ts";

/** How long after a claim a pool is filled up: other pods may come at the same moment, and they come first. */
const AFTER_CLAIM_MS = 300;
/** The store learns that a pool is asked for once in so long. */
const NOTE_DEMAND_MS = 5_000;
/** When the first ports are made. */
const START_WITHIN_MS = 2_000;
/** How often is looked whether all ports are gone. */
const RELEASE_LOOK_MS = 200;

/** What is left out is the real one. */
export interface HotPortManagerOptions extends Partial<DeskOptions> {
  /** The store of the networks' pods. */
  readonly store: Store;
  readonly log: Logger;
}

/** The node's ports that are made, and where that is worth it wired, before their pods exist. */
export class HotPortManager implements HotPortSource {
  readonly #desk: Desk;
  readonly #log: Logger;
  readonly #makeJob: MakeJob;
  readonly #balance: Job;
  readonly #defaults = new Map<string, Job>();
  readonly #neutrons = new Map<string, NeutronJobs>();
  readonly #fills = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #isStarted = false;

  constructor(options: HotPortManagerOptions) {
    this.#log = options.log;
    const complete = {
      clock: wallClock,
      random: Math.random,
      neutronFor: withTurn,
      onPortGone: () => {},
      ...options,
    };
    this.#desk = new Desk(complete, new Counters(), (what, endpoint) => this.#wake(what, endpoint));
    this.#makeJob = jobMaker(complete, options.log, () => this.#recovered());
    this.#balance = this.#makeJob("keeping ports ready", async () =>
      balance(this.#desk, (pool, count) => this.#fill(pool, count)),
    );
  }

  /** Takes over what an earlier agent has left for the networks in use, and begins to work on them and on each that comes. */
  async start(): Promise<void> {
    await Promise.all([...this.#neutrons.values()].map((jobs) => jobs.start()));
    this.#isStarted = true;
    for (const job of this.#defaults.values()) job.wake(this.#startsIn());
    this.#balance.wake(this.#startsIn());
  }

  /** The agents of many nodes may have been started together. */
  #startsIn(): number {
    return this.#desk.options.random() * START_WITHIN_MS;
  }

  /**
   * Ends what is at work. Nothing is deleted: the next agent takes the ports over.
   *
   * @param withinMs after which what is still at work is left alone
   */
  async stop(withinMs = 10_000): Promise<void> {
    this.#isStarted = false;
    this.#stopped.abort(new Error("the agent stops"));
    const jobs = [this.#balance, ...this.#defaults.values(), ...this.#neutrons.values()];
    const ended = Promise.allSettled([...jobs.map((job) => job.stop()), ...this.#fills]);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, withinMs).unref())]);
  }

  /** A CNI network is in use, or has other settings than before. */
  use(network: string, surroundings: Surroundings): void {
    if (!this.#serves(surroundings)) return;
    const key = siteKey(surroundings, network);
    const isSame = this.#desk.sites.get(key)?.surroundings.config === surroundings.config;
    if (isSame && this.#defaults.has(key)) return;
    const log = this.#log.child({ network });
    const site: Site = { network, surroundings, settings: settingsOf(surroundings.config), log };
    this.#desk.sites.set(key, site);
    this.#retireElsewhere(site);
    for (const pool of this.#desk.store.pools.list()) {
      if (pool.network !== network || pool.endpoint !== surroundings.endpointKey) continue;
      this.#desk.addPool(pool.key, site, pool.spec as HotPortSpec, pool.askedAt);
    }
    this.#attend(key, surroundings.endpointKey);
  }

  wanted(world: World, network: string, spec: HotPortSpec): void {
    if (!this.#serves(world)) return;
    this.use(network, world);
    const key = poolKey(world.endpointKey, network, spec);
    const now = this.#desk.now();
    const site = this.#desk.sites.get(siteKey(world, network)) as Site;
    const isNew = !this.#desk.pools.has(key);
    const pool = this.#desk.addPool(key, site, spec, now);
    pool.askedAt = now;
    pool.isRetired = false;
    if (isNew || now - pool.notedAt > NOTE_DEMAND_MS) {
      this.#desk.noteDemand(pool);
      pool.notedAt = now;
    }
    // The pod takes one next, in the same turn: what is ready now decides whether it finds one.
    const isFound = this.#desk.store.hotPorts.isReady(key);
    if (!isFound) pool.demand.missed(pool.settings, now);
    this.#desk.counters.claims[isFound ? "hit" : "miss"] += 1;
    this.#balance.wake(AFTER_CLAIM_MS);
    // A pool that nobody knew may be that of new defaults.
    if (isNew) this.#defaults.get(siteKey(world, network))?.wake(AFTER_CLAIM_MS);
  }

  takesBack(_world: World, record: AttachmentRecord): boolean {
    const pool = record.pool === undefined ? undefined : this.#desk.pools.get(record.pool);
    const port = record.port as Port | undefined;
    if (pool === undefined || !port || record.portId === undefined || !record.wiring) return false;
    if (this.#desk.isDraining) return false;
    const counts = this.#desk.store.hotPorts.counts(pool.key);
    return hasGroupsOf(pool.spec, port) && pool.hasRoom(counts, this.#desk.now());
  }

  returned(world: World): void {
    this.#neutrons.get(world.endpointKey)?.returned();
  }

  attached(world: World): void {
    this.#neutrons.get(world.endpointKey)?.attached();
  }

  makeRoom(world: World, target: Target, shortage: Shortage): Promise<boolean> {
    return makeRoom(this.#desk, world, target, shortage);
  }

  /**
   * Deletes every port without a pod, and makes no more: before a node is taken out of service.
   *
   * @param signal ends the waiting; what is left then is deleted all the same as long as the agent runs
   * @returns how many are left
   */
  async releaseAll(signal: AbortSignal): Promise<number> {
    const { store, clock } = this.#desk.options;
    this.#desk.isDraining = true;
    this.#balance.wake();
    const ended = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    for (;;) {
      const left = store.hotPorts.list().length;
      if (left === 0 || signal.aborted) return left;
      await Promise.race([ended, new Promise<void>((resolve) => clock.after(RELEASE_LOOK_MS, resolve))]);
    }
  }

  /** What has happened so far, which costs no look into the store. */
  get counts(): Counts {
    return this.#desk.counters.snapshot;
  }

  /** Pools, and what has happened so far: for status and metrics. */
  snapshot(): HotPortsSnapshot {
    return snapshotOf(this.#desk);
  }

  /** Pods of another store would never find what is kept in this one. */
  #serves({ store }: Surroundings): boolean {
    return store === this.#desk.store;
  }

  /** The network has changed over to another Neutron or project: nobody asks for ports of the one before. */
  #retireElsewhere(site: Site): void {
    const isElsewhere = (other: Site) =>
      other.network === site.network && other.surroundings.endpointKey !== site.surroundings.endpointKey;
    for (const pool of this.#desk.pools.values()) if (isElsewhere(pool.site)) pool.retire();
    for (const [key, other] of this.#desk.sites) {
      if (!isElsewhere(other)) continue;
      void this.#defaults.get(key)?.stop();
      this.#defaults.delete(key);
    }
  }

  #attend(key: string, endpoint: string): void {
    const known = this.#neutrons.get(endpoint);
    const jobs = known ?? new NeutronJobs(this.#desk, endpoint, this.#makeJob);
    this.#neutrons.set(endpoint, jobs);
    const defaults =
      this.#defaults.get(key) ??
      this.#makeJob("finding out what pods get by default", async (signal) => {
        const site = this.#desk.sites.get(key);
        return site && keepDefault(this.#desk, site, signal);
      });
    this.#defaults.set(key, defaults);
    if (!this.#isStarted) return;
    if (known === undefined) void jobs.start();
    else jobs.adopt();
    defaults.wake();
    this.#balance.wake();
  }

  #fill(pool: Pool, count: number): void {
    pool.isFilling = true;
    const work = fill(this.#desk, pool, count, this.#stopped.signal)
      .then(() => this.#neutrons.get(pool.site.surroundings.endpointKey)?.answered())
      .catch((error) => {
        if (!this.#stopped.signal.aborted) this.#desk.failed(pool, error);
      })
      .finally(() => {
        pool.isFilling = false;
        this.#fills.delete(work);
        this.#balance.wake();
      });
    this.#fills.add(work);
  }

  #wake(what: HotPortState | "pools", endpoint: string): void {
    if (what === "pools") this.#balance.wake();
    else this.#neutrons.get(endpoint)?.wake(what);
  }

  /** What failed for many does so for one reason: when one is well again, the others try at once. */
  #recovered(): void {
    for (const jobs of this.#neutrons.values()) jobs.answered();
    for (const pool of this.#desk.pools.values()) if (pool.setback.forgive()) this.#balance.wake();
  }
}

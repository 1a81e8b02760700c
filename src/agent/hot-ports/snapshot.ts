import type { HotPortSpec } from "../../attachment/hot-port.ts";
import type { HotPortCounts } from "../../state/index.ts";
import type { Counts } from "./counters.ts";
import type { Desk } from "./desk.ts";

/** A pool, for people and metrics. Times are in milliseconds since the epoch. */
export interface PoolSnapshot extends HotPortSpec {
  readonly key: string;
  /** The CNI network. */
  readonly network: string;
  /** Neutron's name of the network, once it was read. */
  readonly networkName?: string;
  readonly isDefault: boolean;
  readonly counts: HotPortCounts;
  /** How many are to be ready now. */
  readonly target: number;
  /** What Neutron has room for, where that is known to be less than the configured most. */
  readonly ceiling?: number;
  readonly askedAt: number;
  /** Why none are made, in plain words. */
  readonly lastFailure?: { readonly message: string; readonly at: number };
  readonly pausedUntil?: number;
}

export interface HotPortsSnapshot {
  readonly pools: PoolSnapshot[];
  readonly counters: Counts;
  /** Attached pods of which Neutron is still to be told. */
  readonly identityDue: number;
}

export function snapshotOf(desk: Desk): HotPortsSnapshot {
  const now = desk.now();
  const pools = [...desk.pools.values()].map((pool): PoolSnapshot => {
    const { counts, target, ceiling, pausedUntil } = desk.standingOf(pool);
    const { last } = pool.setback;
    return {
      ...pool.spec,
      key: pool.key,
      network: pool.site.network,
      ...(pool.networkName === undefined ? {} : { networkName: pool.networkName }),
      isDefault: pool.isDefault,
      counts,
      target,
      ...(ceiling < pool.settings.max ? { ceiling } : {}),
      askedAt: pool.askedAt,
      ...(last === undefined ? {} : { lastFailure: { message: last.message, at: last.at } }),
      ...(pausedUntil > now ? { pausedUntil } : {}),
    };
  });
  const identityDue = desk.store.attachments.listIdentityDue().length;
  return { pools, counters: desk.counters.snapshot, identityDue };
}

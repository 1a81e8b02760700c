import type { HotPortSpec } from "../../attachment/hot-port.ts";
import type { HotPortCounts } from "../../state/index.ts";
import { Demand } from "./demand.ts";
import { limitOf, type PoolSettings, type Standing } from "./policy.ts";
import { Setback } from "./setback.ts";
import type { Site } from "./site.ts";

/** Ports alike in all that matters to pods: what the agent knows of them beside their rows in the store. */
export class Pool {
  readonly demand = new Demand();
  readonly setback = new Setback();
  /** When the store was last told that pods ask, in milliseconds since the epoch. */
  notedAt = 0;
  /** A request for more is under way. */
  isFilling = false;
  /** It is that of the configuration's defaults. */
  isDefault = false;
  /** Nobody can ask for such ports any more. */
  isRetired = false;
  /** The Neutron network's name, once it was read. */
  networkName: string | undefined;

  constructor(
    readonly key: string,
    public site: Site,
    readonly spec: HotPortSpec,
    /** When a pod last asked, in milliseconds since the epoch. */
    public askedAt: number,
  ) {}

  /** Its ports go at once, until a pod asks after all. */
  retire(): void {
    this.isDefault = false;
    this.isRetired = true;
  }

  get settings(): PoolSettings {
    return this.site.settings;
  }

  /** @param cooled how many of its cooling ports have cooled */
  standing(counts: HotPortCounts, cooled: number, now: number): Standing {
    const { settings, demand, setback, askedAt, isDefault, isRetired } = this;
    return {
      counts,
      cooled,
      target: demand.target(settings, now),
      targetChangesAt: demand.changesAt(settings),
      ceiling: setback.ceiling(now),
      askedAt,
      isDefault,
      isRetired,
      pausedUntil: setback.pausedUntil,
    };
  }

  /** Whether there is room for one more, from a pod that is gone. */
  hasRoom({ making, wiring, hot, cooling }: HotPortCounts, now: number): boolean {
    const isUsed = this.isDefault || now < this.askedAt + this.settings.idleMs;
    const limit = limitOf(this.settings, this.setback.ceiling(now));
    return isUsed && !this.isRetired && making + wiring + hot + cooling < limit;
  }
}

/** Two nodes with agents whose pools are warm, ready for something to go away; and a clean end whatever happens. */
import type { Lab } from "../../../lab/lab.ts";
import type { Outcome } from "../../../lab/plugin-process.ts";
import { waitFor } from "../../../lab/wait.ts";
import { type Arena, closeArena, type NetworkName, openArena } from "../agent-kills/arena.ts";
import { perform } from "../agent-kills/calls.ts";
import { type Baseline, settle, takeBaseline } from "../agent-kills/judge.ts";
import { silences } from "../agent-kills/judge-connectivity.ts";
import { memoryOf } from "../agent-kills/judge-neutron.ts";
import { Kubelet } from "../agent-kills/kubelet.ts";
import { report } from "../agent-kills/report.ts";
import { startAnchors, stopEverything } from "../agent-kills/round.ts";
import type { Slot } from "../agent-kills/slots.ts";
import { Random } from "../random/random.ts";

/** Ports that are kept ready for each network: `hot_ports_min` of the arena. */
const READY = 2;
const SEED = 1;

export class Outage {
  readonly #random = new Random(SEED);

  private constructor(
    readonly arena: Arena,
    readonly baseline: Baseline,
  ) {}

  static async open(lab: Lab): Promise<Outage> {
    const arena = await openArena(lab, true, new Random(SEED));
    return new Outage(arena, await takeBaseline(arena));
  }

  /** Agents run, a pod of each network lives on each node, and ports of each are ready. */
  async warm(): Promise<void> {
    for (const { agent } of this.arena.sites) await agent?.start();
    await startAnchors(this.arena, this.#random);
    await waitFor(
      "ports that are ready",
      () =>
        this.arena.sites.every((site) => ["told", "asked"].every((name) => this.ready(site, name) >= READY)),
      { timeout: this.arena.patience },
    );
    await this.settled();
  }

  /** How many ports of the network's own groups are ready on a node. */
  ready(site: Arena["sites"][number], network: string): number {
    const { rows, hot } = memoryOf(site);
    const pools = new Set(rows.filter((row) => row.network === network).map(({ pool }) => pool));
    return hot.filter(({ state, pool }) => state === "hot" && pools.has(pool)).length;
  }

  /** The pods of a kind, one for each network of each node. */
  slots(kind: "anchor" | "plain" | "busy" | "closed" | "fixed"): readonly Slot[] {
    return this.arena.slots.filter(({ name }) => name.startsWith(kind));
  }

  kubelet(slot: Slot): Kubelet {
    return new Kubelet(this.arena, slot, this.#random, 0);
  }

  async status(node: 1 | 2, network: NetworkName): Promise<Outcome> {
    return perform(this.arena, node, { verb: "STATUS", network });
  }

  /** Who does not answer these pods, though they should. */
  async silences(slots: readonly Slot[]): Promise<string[]> {
    const anchors = this.slots("anchor");
    const found = await Promise.all(slots.map((slot) => silences(this.arena, slot, anchors)));
    return found.flat();
  }

  /** @throws Error when not all becomes as it must be */
  async settled(last = false): Promise<void> {
    const found = await settle(this.arena, this.baseline, last);
    if (found.length > 0) throw new Error(await report(this.arena, SEED, found));
  }

  /** Everything is back, and nothing of the test is left but ports that are ready. */
  async over(): Promise<void> {
    await stopEverything(this.arena, this.#random);
    await this.settled(true);
  }

  async close(): Promise<void> {
    await closeArena(this.arena);
  }
}

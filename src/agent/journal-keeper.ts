import { drainJournal } from "../attachment/drain.ts";
import type { Logger } from "../log.ts";
import { sleep } from "../sleep.ts";
import { runErrand } from "./errand.ts";
import type { Network, Networks } from "./networks.ts";
import type { AgentPart } from "./part.ts";

/** How often is looked whether something is due. Entries have pauses of their own, which grow while Neutron is away. */
const LOOK_EVERY_MS = 2_000;
/** What finishing the deletes of one network may take at a time. */
const DRAIN_S = 30;

/** Finishes deletes that had to wait for Neutron or a virtual switch, as soon as they can be. */
export class JournalKeeper implements AgentPart {
  readonly name = "journal";
  private readonly ending = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  /** By network, why the last try failed: said once. */
  private readonly failures = new Map<string, string>();

  constructor(
    private readonly networks: Pick<Networks, "list">,
    private readonly log: Logger,
    private readonly lookEveryMs = LOOK_EVERY_MS,
  ) {}

  async start(): Promise<void> {
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.look().catch((error) => this.log.error("the journal cannot be worked on", { error }));
      await sleep(this.lookEveryMs, signal);
    }
  }

  /** A network that was configured anew is in the list twice; its entries are done once. */
  private async look(): Promise<void> {
    const networks = new Map((await this.networks.list()).map((network) => [network.config.name, network]));
    for (const [name, network] of networks) {
      if (network.surroundings.store.journal.isDue(name)) await this.drain(name, network);
    }
  }

  private async drain(name: string, network: Network): Promise<void> {
    const what = "finishing deletes";
    const errand = { what, seconds: DRAIN_S, signal: this.ending.signal };
    const { surroundings, log } = network;
    const neutron = surroundings.neutron.with({ priority: "delete", lane: what });
    const { failed } = await runErrand({ surroundings: { ...surroundings, neutron }, log }, errand, (world) =>
      drainJournal(world, name, world.deadline.signal),
    );
    const reason = failed[0]?.error;
    if (reason !== undefined && reason !== this.failures.get(name)) {
      this.log.warn("older deletes still wait", { network: name, error: reason });
    }
    if (reason === undefined) this.failures.delete(name);
    else this.failures.set(name, reason);
  }
}

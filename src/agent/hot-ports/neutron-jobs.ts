import type { HotPortState } from "../../state/index.ts";
import { adopt } from "./adopt.ts";
import { Cooled } from "./cooled.ts";
import type { Desk } from "./desk.ts";
import type { Job } from "./job.ts";
import type { MakeJob } from "./job-maker.ts";
import { findLost } from "./lost.ts";
import { Naming } from "./naming.ts";
import { recheck } from "./recheck.ts";
import { removeLeaving } from "./removal.ts";
import { Wired } from "./wired.ts";

/** After a pod has its answer: its own processes start now. */
const AFTER_ATTACH_MS = 300;
/** The kernel takes 15 to 20 ms to delete a link, many together hardly longer: the last of a burst is waited for. */
const TIDY_AFTER_MS = 200;

/** Where pods come and go all the time, links are put aside for so long. */
const UNTIDY_MS = 2_000;
/** The look at what an earlier agent has left is the node's own business. */
const ADOPT_MS = 5_000;
/** The agents of many nodes may have been started together. */
const AUDIT_WITHIN_MS = 2_000;
/** What others than pods and pools have changed is nothing that anybody waits for. */
const OTHERS_MS = 1_000;

/** What is to be done again and again with one Neutron: each kind of work by itself, so that none waits for another. */
export class NeutronJobs {
  readonly #desk: Desk;
  readonly #endpoint: string;
  readonly #jobs: Readonly<
    Record<"adopt" | "making" | "wiring" | "cooling" | "leaving" | "naming" | "tidy" | "audit", Job>
  >;
  readonly #wired: Wired;
  #isStarted = false;
  /** When the last pod came or went, in milliseconds since the epoch. */
  #changedAt = 0;
  /** Since when links may be put aside. */
  #untidySince: number | undefined;

  constructor(desk: Desk, endpoint: string, makeJob: MakeJob) {
    this.#desk = desk;
    this.#endpoint = endpoint;
    this.#wired = new Wired(desk, endpoint);
    const cooled = new Cooled(desk, endpoint);
    const naming = new Naming(desk, endpoint);
    this.#jobs = {
      adopt: makeJob("taking over an earlier agent's ports", (signal) => this.#adopt(signal)),
      making: makeJob("looking for ports whose creation was not answered", (signal) =>
        findLost(desk, endpoint, signal),
      ),
      wiring: makeJob("waiting for ports to be wired", (signal) => this.#wired.look(signal)),
      cooling: makeJob("making ports of removed pods ready again", (signal) => cooled.run(signal)),
      leaving: makeJob("deleting ports without a pod", (signal) => removeLeaving(desk, endpoint, signal)),
      naming: makeJob("telling Neutron whose ports are", (signal) => naming.run(signal)),
      tidy: makeJob("removing put-aside links", (signal) => this.#tidy(signal)),
      audit: makeJob("looking at ready ports", (signal) => this.#audit(signal)),
    };
  }

  /** Takes over what there is, and begins. */
  async start(): Promise<void> {
    await this.#adopt(AbortSignal.timeout(ADOPT_MS)).catch(() => this.#jobs.adopt.wake());
    this.#isStarted = true;
    for (const state of ["making", "wiring", "cooling", "leaving"] as const) this.wake(state);
    this.#jobs.naming.wake();
    this.#jobs.tidy.wake();
    this.#jobs.audit.wake(this.#auditPauseMs());
  }

  /** There is another network, with ports of an earlier agent. */
  adopt(): void {
    this.#jobs.adopt.wake();
  }

  async stop(): Promise<void> {
    await Promise.allSettled(Object.values(this.#jobs).map((job) => job.stop()));
  }

  /** A port of this Neutron's has come into a state. */
  wake(state: HotPortState): void {
    if (!this.#isStarted) return;
    if (state === "hot") return;
    if (state === "wiring") this.#jobs.wiring.wake(this.#wired.hurry());
    else this.#jobs[state].wake();
  }

  /** A port has come back from a pod; or somebody else has put it into one of the states that are seen to here. */
  returned(): void {
    if (!this.#isStarted) return;
    this.#changed();
    this.#jobs.cooling.wake();
    for (const state of ["wiring", "leaving"] as const) this.#jobs[state].wake(OTHERS_MS);
  }

  attached(): void {
    if (!this.#isStarted) return;
    this.#changed();
    this.#jobs.naming.wake(AFTER_ATTACH_MS);
  }

  /** Neutron has answered: those that wait for it to come back need not any longer. */
  answered(): void {
    for (const job of Object.values(this.#jobs)) job.forgive();
  }

  #changed(): void {
    this.#changedAt = this.#desk.now();
    this.#untidySince ??= this.#changedAt;
    this.#jobs.tidy.wake(TIDY_AFTER_MS);
  }

  async #adopt(signal: AbortSignal): Promise<undefined> {
    await adopt(this.#desk, this.#endpoint, signal);
    // Nobody knows how long ago an agent has looked at them last, and pods may have them from now on.
    this.#jobs.audit.wake(this.#desk.options.random() * AUDIT_WITHIN_MS);
    for (const state of ["making", "wiring", "cooling", "leaving"] as const) this.wake(state);
    this.#desk.wake("pools", this.#endpoint);
  }

  async #tidy(signal: AbortSignal): Promise<number | undefined> {
    const now = this.#desk.now();
    const quietMs = now - this.#changedAt;
    const isUrgent = now - (this.#untidySince ?? now) >= UNTIDY_MS;
    if (quietMs < TIDY_AFTER_MS && !isUrgent) return TIDY_AFTER_MS - quietMs;
    this.#untidySince = undefined;
    const wirings = new Set(
      this.#desk.sitesOf(this.#endpoint).map(({ surroundings }) => surroundings.wiring),
    );
    for (const wiring of wirings) await wiring.tidy(signal);
    return undefined;
  }

  async #audit(signal: AbortSignal): Promise<number> {
    await recheck(this.#desk, this.#desk.rows(this.#endpoint, "hot"), signal);
    this.#desk.wake("pools", this.#endpoint);
    return this.#auditPauseMs();
  }

  #auditPauseMs(): number {
    const [site] = this.#desk.sitesOf(this.#endpoint);
    const seconds = site?.surroundings.config.agent.reconcile_interval ?? 300;
    return seconds * 1000 * (0.75 + this.#desk.options.random() / 2);
  }
}

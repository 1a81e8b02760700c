/**
 * What kubelet and containerd do for one pod: they do not give up. An ADD that failed, or whose answer was lost, is
 * followed by DELs until one succeeds, and by an ADD for another container.
 */
import type { KillOptions, Outcome } from "../../../lab/plugin-process.ts";
import type { AddResult, Tracked } from "../random/model.ts";
import type { Random } from "../random/random.ts";
import { chooseKill, type Memory } from "../random/step.ts";
import type { Arena } from "./arena.ts";
import { perform, siteOf } from "./calls.ts";
import type { Slot } from "./slots.ts";

/** Milliseconds between two tries; doubled each time, up to the longest. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 400;

/** Something never came to be, although everything that was killed is back. */
export class GaveUp extends Error {
  override readonly name = "GaveUp";
}

export class Kubelet {
  readonly #arena: Arena;
  readonly #slot: Slot;
  readonly #random: Random;
  readonly #troubledTries: number;

  /**
   * @param random decides whose answers are lost and which plugins are killed
   * @param troubledTries of so many tries alone, so that every pod gets there
   */
  constructor(arena: Arena, slot: Slot, random: Random, troubledTries = 2) {
    this.#arena = arena;
    this.#slot = slot;
    this.#random = random;
    this.#troubledTries = troubledTries;
  }

  /** The API server has the pod from now on. */
  schedule(): void {
    const { name, uid, annotations, node } = this.#slot;
    this.#arena.kubeApi.schedule({ name, uid, annotations, node: siteOf(this.#arena, node).node.hostname });
  }

  /** One ADD of another container; what failed is left to the next {@link stop}. */
  async startOnce(): Promise<Outcome> {
    this.schedule();
    const tracked = this.#slot.nextSandbox();
    const { node, network } = this.#slot;
    return this.#concluded(tracked, await perform(this.#arena, node, { verb: "ADD", network, tracked }));
  }

  /** Until the pod runs. @throws GaveUp */
  async start(): Promise<void> {
    this.schedule();
    const slot = this.#slot;
    await this.#repeat(`${slot.name} never started`, async (tries) => {
      const tracked = slot.nextSandbox();
      if (await this.#add(tracked, tries)) return true;
      await this.#remove(tracked);
      return false;
    });
  }

  /** Until nothing of the pod is there. @throws GaveUp */
  async stop(): Promise<void> {
    const early = this.#random.chance(0.2);
    if (early) this.#arena.kubeApi.remove(this.#slot.name);
    await this.#removeAll([...this.#slot.sandboxes]);
    if (!early) this.#arena.kubeApi.remove(this.#slot.name);
  }

  /** The next pod of the name starts while the one before is removed, or after. */
  async replace(): Promise<void> {
    const old = [...this.#slot.sandboxes];
    for (const tracked of old) tracked.belief = "leaving";
    const removing = this.#removeAll(old);
    if (this.#random.chance(0.6)) await removing;
    this.#slot.recreate(this.#random);
    await Promise.all([this.start(), removing]);
  }

  /** The runtime gives up on a sandbox while its ADD is at work, and then makes another. */
  async startTwice(): Promise<void> {
    this.schedule();
    const slot = this.#slot;
    const tracked = slot.nextSandbox();
    tracked.belief = "leaving";
    const pause = this.#random.int(2, 150);
    const add = perform(this.#arena, slot.node, {
      verb: "ADD",
      network: slot.network,
      tracked,
      ...this.#kill(0),
    });
    await Bun.sleep(pause);
    await perform(this.#arena, slot.node, { verb: "DEL", network: slot.network, tracked });
    await add;
    await this.#remove(tracked);
    await this.start();
  }

  /** What is attached may be found damaged while things are down, and is well afterwards: nothing is concluded. */
  async check(): Promise<void> {
    const { attached: tracked, node, network } = this.#slot;
    if (tracked !== undefined) await perform(this.#arena, node, { verb: "CHECK", network, tracked });
  }

  /** @returns whether the runtime knows that the container is attached */
  async #add(tracked: Tracked, tries: number): Promise<boolean> {
    const { node, network } = this.#slot;
    const answerIsLost = tries < this.#troubledTries && this.#random.chance(0.06);
    const outcome = await perform(this.#arena, node, { verb: "ADD", network, tracked, ...this.#kill(tries) });
    if (answerIsLost) tracked.belief = "leaving";
    else this.#concluded(tracked, outcome);
    return tracked.belief === "attached";
  }

  #concluded(tracked: Tracked, outcome: Outcome): Outcome {
    const isAttached = outcome.kind === "success";
    if (isAttached) tracked.result = outcome.result as unknown as AddResult;
    tracked.belief = isAttached ? "attached" : "leaving";
    return outcome;
  }

  async #removeAll(sandboxes: readonly Tracked[]): Promise<void> {
    for (const tracked of sandboxes) await this.#remove(tracked);
  }

  async #remove(tracked: Tracked): Promise<void> {
    const { node, network, name } = this.#slot;
    tracked.belief = "leaving";
    if (this.#random.chance(0.15)) await tracked.removeNetns();
    await this.#repeat(`${name}: ${tracked.sandbox.containerId} was never removed`, async (tries) => {
      const memory = this.#random.weighted<Memory>([
        [7, "all"],
        [2, "no result"],
        [1, "nothing"],
      ]);
      const kill = this.#kill(tries);
      const { kind } = await perform(this.#arena, node, { verb: "DEL", network, tracked, memory, ...kill });
      return kind === "success";
    });
    tracked.belief = "gone";
    await tracked.removeNetns();
    this.#slot.forget(tracked);
  }

  #kill(tries: number): { kill?: KillOptions } {
    return tries < this.#troubledTries ? chooseKill(this.#random, 0.12) : {};
  }

  async #repeat(never: string, attempt: (tries: number) => Promise<boolean>): Promise<void> {
    const until = performance.now() + this.#arena.patience;
    let pause = FIRST_PAUSE;
    for (let tries = 0; !(await attempt(tries)); tries++) {
      if (performance.now() > until) throw new GaveUp(`${never}, in ${tries + 1} tries`);
      await Bun.sleep(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }
}

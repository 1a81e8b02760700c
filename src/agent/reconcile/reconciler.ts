import { type Clock, wallClock } from "../../clock.ts";
import { messageOf } from "../../cni/errors.ts";
import { Deadline } from "../../deadline.ts";
import type { Logger } from "../../log.ts";
import { act } from "./act.ts";
import { decide } from "./decide.ts";
import { NEEDS_NEUTRON, type RepairKind, type Suspicions } from "./decision.ts";
import type { CloudFacts, Facts } from "./facts.ts";
import { askNeutron, type Estate, gather, noteChanges } from "./gather.ts";
import { logReport, type Report, type Scope } from "./report.ts";
import { Tally } from "./tally.ts";

/** What one pass may take. Whatever it has not come to is the next one's. */
const PASS_S = 120;
/** What of that Neutron may take to list the node's ports. */
const NEUTRON_MS = 30_000;
/** The first look at Neutron comes so long after the start at most: a thousand agents do not start in step. */
const FIRST_MS = 15_000;
/** What a pass suspects is looked at again after so long: no creation that was begun before can still be on its way. */
const SECOND_LOOK_MS = 65_000;

/** Time in milliseconds since the epoch, as in the store, and chance. */
export interface ReconcilerClock extends Clock {
  /** A number from 0 to 1. */
  random(): number;
}

export const systemClock: ReconcilerClock = { ...wallClock, random: Math.random };

export interface ReconcilerParts {
  /** Opens the worlds that one pass works in. All of them have the deadline, and one store. */
  open(deadline: Deadline): Promise<Estate>;
  log: Logger;
  /** Between two passes, in milliseconds. */
  intervalMs: number;
  /** Whether the API server has the pod of this uid on the node; undefined: it is not known. */
  podLives?(uid: string): boolean | undefined;
  /** Told of everything that was put right; must not throw. */
  onRepair?(kind: RepairKind, count: number): void;
  /** Told of each pass that has ended; must not throw. */
  onPass?(report: Report): void;
}

/**
 * Compares store, kernel and Neutron, at the start and every now and then: adopts what is right, mends what is half done,
 * removes what carries skynet's marks and is nobody's in two passes. Verbs go on meanwhile, in this process and others.
 */
export class Reconciler {
  readonly name = "reconciler";
  #report: Report | undefined;
  #suspicions: Suspicions = new Map();
  #running: Promise<unknown> = Promise.resolve();
  #current: Deadline | undefined;
  #cancelNext: (() => void) | undefined;
  #stopped = true;

  constructor(
    private readonly parts: ReconcilerParts,
    private readonly clock: ReconcilerClock = systemClock,
  ) {}

  /** How the latest pass went; undefined before the first has ended. */
  get lastReport(): Report | undefined {
    return this.#report;
  }

  /**
   * Looks at the node itself and does what needs no Neutron, so that no row is trusted that the kernel contradicts; the
   * rest comes soon after, and nobody waits for it.
   */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.run("node");
    this.#schedule(this.clock.random() * FIRST_MS);
  }

  /** Ends the pass that is at work, and begins no other. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNext?.();
    this.#current?.cancel("the agent stops");
    await this.#running;
  }

  /** One pass, after those that are at work. It never fails: what went wrong is in the report. */
  run(scope: Scope = "all"): Promise<Report> {
    const pass = this.#running.then(() => this.#pass(scope));
    this.#running = pass;
    return pass;
  }

  async #pass(scope: Scope): Promise<Report> {
    const { log } = this.parts;
    const began = this.clock.now();
    const tally = new Tally(began, scope, (kind, count) => this.parts.onRepair?.(kind, count));
    using deadline = new Deadline("the comparison of store, kernel and Neutron", PASS_S);
    this.#current = deadline;
    try {
      await this.#compare(await this.parts.open(deadline), tally, deadline.signal);
    } catch (error) {
      tally.failed("the pass", error);
    }
    const report = tally.report(this.clock.now(), this.#suspicions.size);
    logReport(log, report, this.#report);
    this.#report = report;
    this.parts.onPass?.(report);
    return report;
  }

  async #compare(estate: Estate, tally: Tally, signal: AbortSignal): Promise<void> {
    const at = tally.began;
    const cloud = tally.scope === "node" ? undefined : await this.#ask(estate, tally, signal);
    if (cloud !== undefined) noteChanges(estate, cloud);
    const podLives: Facts["podLives"] = (uid) => this.parts.podLives?.(uid);
    const facts = await gather(estate, { at, scope: tally.scope, cloud, podLives, signal });
    const { repairs, damaged, suspicions } = decide(facts, this.#suspicions);
    this.#suspicions = suspicions;
    tally.damaged.push(...damaged);
    for (const repair of repairs) {
      if (tally.scope === "node" && NEEDS_NEUTRON.has(repair.kind)) continue;
      signal.throwIfAborted();
      try {
        const outcome = await act(estate, repair, cloud?.ports ?? [], signal);
        if (typeof outcome === "number") tally.repaired(repair.kind, outcome);
        else tally.damaged.push(outcome);
      } catch (error) {
        tally.failed(repair.kind, error);
      }
    }
    await estate.home.wiring.tidy(signal);
  }

  /** What Neutron says; undefined while it is away. */
  async #ask(estate: Estate, tally: Tally, signal: AbortSignal): Promise<CloudFacts | undefined> {
    try {
      const facts = await askNeutron(estate, AbortSignal.any([signal, AbortSignal.timeout(NEUTRON_MS)]));
      tally.neutron = "answered";
      return facts;
    } catch (error) {
      signal.throwIfAborted();
      tally.neutron = { away: messageOf(error) };
      return undefined;
    }
  }

  #schedule(ms: number): void {
    if (this.#stopped) return;
    this.#cancelNext = this.clock.after(ms, async () => {
      await this.run();
      const isUnsure = this.#suspicions.size > 0;
      const pause = isUnsure ? Math.min(SECOND_LOOK_MS, this.parts.intervalMs) : this.parts.intervalMs;
      this.#schedule(pause * (1 + this.clock.random() / 4));
    });
  }
}

/** What goes wrong on Neutron's side while the runtime goes on, and how it is begun and ended. */
import type { Lab } from "../../../lab/lab.ts";
import type { AskedFault, Cloud } from "../simulator/cloud.ts";
import type { Random } from "./random.ts";

export type Trouble =
  /** Calls of Neutron fail, hang or lose their answer. */
  | { readonly kind: "fault"; readonly fault: AskedFault }
  /** So many more ports may be made, and then no more. */
  | { readonly kind: "quota"; readonly spare: number }
  /** The agents take their time, or do nothing at all. */
  | { readonly kind: "slow agents"; readonly ms: number }
  | { readonly kind: "silent agents" }
  /** Neutron dies, and comes back; its state is in a file. */
  | { readonly kind: "restart"; readonly downMs: number };

/** Longer than skynet waits for one answer, so that the change is made after it has given up. */
const LONGEST_DELAY_MS = 2_600;

const METHODS = ["POST", "POST", "POST", "GET", "DELETE", "DELETE", undefined] as const;

export function chooseTrouble(random: Random): Trouble {
  return random.weighted<() => Trouble>([
    [16, () => ({ kind: "fault", fault: chooseFault(random) })],
    [2, () => ({ kind: "quota", spare: random.int(0, 2) })],
    [2, () => ({ kind: "slow agents", ms: random.int(50, 1_500) })],
    [1, () => ({ kind: "silent agents" })],
    [3, () => ({ kind: "restart", downMs: random.int(0, 1_500) })],
  ])();
}

function chooseFault(random: Random): AskedFault {
  const method = random.pick(METHODS);
  return {
    match: { path: "^/v2.0/ports", ...(method === undefined ? {} : { method }) },
    times: random.pick([1, 1, 2, 3, 6, 0]),
    after: random.pick([0, 0, 0, 1, 2]),
    action: random.weighted<() => AskedFault["action"]>([
      [3, () => ({ delay_ms: random.int(50, 900) })],
      [1, () => ({ delay_ms: LONGEST_DELAY_MS })],
      [5, () => refusal(random)],
      [3, () => ({ drop: "before-commit" })],
      [3, () => ({ drop: "after-commit" })],
      [2, () => ({ hang: true })],
      [2, () => ({ hang: "after-commit" })],
      [1, () => ({ garbage: true })],
    ])(),
  };
}

function refusal(random: Random): AskedFault["action"] {
  const status = random.pick([401, 409, 412, 429, 500, 503]);
  if (status === 412) return { status, type: "RevisionNumberConstraintFailed" };
  if (status === 429 || status === 503) return { status, headers: { "Retry-After": `${random.int(0, 2)}` } };
  return { status };
}

/** Puts one trouble at a time over a lab's simulator. */
export class Troublemaker {
  readonly #lab: Lab;
  readonly #cloud: Cloud;
  #current: Trouble | undefined;
  /** When the last trouble ended, by `performance.now()`. */
  #over = Number.NEGATIVE_INFINITY;
  /** Done when Neutron is back. */
  #restart: Promise<void> | undefined;

  constructor(lab: Lab, cloud: Cloud) {
    this.#lab = lab;
    this.#cloud = cloud;
  }

  /** Whether nothing has gone wrong since that moment (of `performance.now()`). */
  quietSince(moment: number): boolean {
    return this.#current === undefined && this.#over < moment;
  }

  async begin(trouble: Trouble): Promise<void> {
    this.#current = trouble;
    switch (trouble.kind) {
      case "fault":
        return this.#cloud.addFault(trouble.fault);
      case "quota":
        return this.#cloud.limitPorts((await this.#cloud.ports()).length + trouble.spare);
      case "slow agents":
        return this.#cloud.set({ active_delay_ms: trouble.ms });
      case "silent agents":
        return this.#cloud.set({ activation: "manual" });
      case "restart":
        await this.#lab.simulator.kill();
        this.#restart = Bun.sleep(trouble.downMs).then(() => this.#lab.simulator.start());
    }
  }

  async end(): Promise<void> {
    await this.#restart;
    await this.#cloud.clearFaults();
    await this.#cloud.limitPorts();
    await this.#cloud.set({ activation: "immediate", active_delay_ms: 0 });
    this.#current = undefined;
    this.#over = performance.now();
  }

  /** Waits until calls that were delayed have made their changes, whose callers may be long gone. */
  async settle(): Promise<void> {
    await Bun.sleep(Math.max(0, this.#over + LONGEST_DELAY_MS - performance.now()));
  }
}

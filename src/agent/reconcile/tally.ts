import { messageOf } from "../../cni/errors.ts";
import type { Damage, RepairKind } from "./decision.ts";
import type { Report, Scope } from "./report.ts";

/** Counts what a pass does. */
export class Tally {
  neutron: Report["neutron"] = "not asked";
  readonly damaged: Damage[] = [];
  readonly #repairs: Partial<Record<RepairKind, number>> = {};
  readonly #failures: string[] = [];

  constructor(
    /** Milliseconds since the epoch. */
    readonly began: number,
    readonly scope: Scope,
    private readonly onRepair: (kind: RepairKind, count: number) => void,
  ) {}

  repaired(kind: RepairKind, count: number): void {
    if (count === 0) return;
    this.#repairs[kind] = (this.#repairs[kind] ?? 0) + count;
    this.onRepair(kind, count);
  }

  failed(what: string, error: unknown): void {
    this.#failures.push(`${what}: ${messageOf(error)}`);
  }

  report(now: number, suspicions: number): Report {
    return {
      began: this.began,
      ms: now - this.began,
      scope: this.scope,
      neutron: this.neutron,
      repairs: this.#repairs,
      damaged: this.damaged,
      suspicions,
      failures: this.#failures,
    };
  }
}

/** How many calls the agent takes on, and whom it turns away first. Pure counting. */

export interface AdmissionLimits {
  /** Calls of all verbs that are at work or wait. */
  calls: number;
  /** Of those ADDs, CHECKs and STATUS; the rest is for DELs and GCs, which make room. */
  refusable: number;
  /** ADDs of one network, so that the pods of one that is stuck leave room for others. */
  addsPerNetwork: number;
}

/** A node has some 110 pods, which may all start at once, and of several networks. */
export const ADMISSION_LIMITS: AdmissionLimits = { calls: 256, refusable: 192, addsPerNetwork: 128 };

export class Admission {
  private calls = 0;
  private refusable = 0;
  private readonly adds = new Map<string, number>();

  constructor(private readonly limits: AdmissionLimits = ADMISSION_LIMITS) {}

  /** Counts a call in and answers what counts it out again, or says why it is turned away. */
  admit(verb: string, network: string): (() => void) | { refusal: string } {
    const refusal = this.refusalOf(verb, network);
    if (refusal !== undefined) return { refusal };
    this.count(verb, network, 1);
    return () => this.count(verb, network, -1);
  }

  private refusalOf(verb: string, network: string): string | undefined {
    const { limits } = this;
    if (this.calls >= limits.calls) return `the agent has ${this.calls} calls at work and takes no more now`;
    if (makesRoom(verb)) return undefined;
    const adds = this.adds.get(network) ?? 0;
    if (verb === "ADD" && adds >= limits.addsPerNetwork) {
      return `the agent has ${adds} pods of the network "${network}" to attach and takes no more now`;
    }
    // A network that has none at work gets its first in whatever the others do.
    const isFirst = verb === "ADD" && adds === 0;
    if (this.refusable < limits.refusable || isFirst) return undefined;
    return `the agent has ${this.calls} calls at work and takes only DEL and GC now`;
  }

  private count(verb: string, network: string, change: 1 | -1): void {
    this.calls += change;
    if (!makesRoom(verb)) this.refusable += change;
    if (verb !== "ADD") return;
    const adds = (this.adds.get(network) ?? 0) + change;
    if (adds === 0) this.adds.delete(network);
    else this.adds.set(network, adds);
  }
}

function makesRoom(verb: string): boolean {
  return verb === "DEL" || verb === "GC";
}

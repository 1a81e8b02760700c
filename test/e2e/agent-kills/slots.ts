/** What the runtimes know: places for pods, and the sandboxes that each of them has had. */

import { Tracked } from "../random/model.ts";
import type { Random } from "../random/random.ts";
import type { NetworkName } from "./arena.ts";

/** Container ids of the next sandboxes that a GC is told of as well: their ADDs may begin while it is on its way. */
const AHEAD = 6;

export interface SlotOptions {
  readonly name: string;
  readonly node: 1 | 2;
  readonly network: NetworkName;
  readonly annotations?: Record<string, string>;
  /** Its security group lets nothing in. */
  readonly closed?: boolean;
  /** Lives from the first round to the last. */
  readonly anchor?: boolean;
}

/** A pod by its name, such as one of a StatefulSet: made anew it has another UID, and another sandbox. */
export class Slot {
  readonly name: string;
  readonly node: 1 | 2;
  readonly network: NetworkName;
  readonly annotations: Readonly<Record<string, string>>;
  readonly closed: boolean;
  readonly anchor: boolean;
  uid: string;
  readonly #seed: number;
  #sandboxes: Tracked[] = [];
  #made = 0;

  /** @param random decides all its ids */
  constructor(options: SlotOptions, random: Random) {
    this.name = options.name;
    this.node = options.node;
    this.network = options.network;
    this.annotations = options.annotations ?? {};
    this.closed = options.closed ?? false;
    this.anchor = options.anchor ?? false;
    this.#seed = random.int(0, 2 ** 31);
    this.uid = uuid(random);
  }

  /** The sandbox that the runtime counts on. */
  get attached(): Tracked | undefined {
    return this.#sandboxes.find(({ belief }) => belief === "attached");
  }

  /** All that are not known to be gone. */
  get sandboxes(): readonly Tracked[] {
    return this.#sandboxes;
  }

  nextSandbox(): Tracked {
    const { name, node, uid, annotations } = this;
    const serial = this.#made++;
    const sandbox = {
      id: `${name}x${serial}`,
      node,
      podName: name,
      uid,
      annotations: { ...annotations },
      containerId: this.#containerId(serial),
    };
    const tracked = new Tracked(sandbox);
    this.#sandboxes.push(tracked);
    return tracked;
  }

  forget(tracked: Tracked): void {
    this.#sandboxes = this.#sandboxes.filter((other) => other !== tracked);
  }

  /** The next pod of that name. */
  recreate(random: Random): void {
    this.uid = uuid(random);
  }

  /** What a GC must leave alone: what is attached or being attached, and what soon will be. */
  get validContainers(): string[] {
    const now = this.#sandboxes
      .filter(({ belief }) => belief === "attached" || belief === "new")
      .map(({ sandbox }) => sandbox.containerId);
    const next = Array.from({ length: AHEAD }, (_, index) => this.#containerId(this.#made + index));
    return [...now, ...next];
  }

  #containerId(serial: number): string {
    return new Bun.CryptoHasher("sha256").update(`${this.#seed} ${serial}`).digest("hex");
  }
}

function uuid(random: Random): string {
  return [8, 4, 4, 4, 12].map((length) => random.hex(length)).join("-");
}

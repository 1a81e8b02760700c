/** What happens to a fleet, and what is measured of it. Times are in milliseconds. */
import { Fleet, type FleetOptions, type Traffic } from "./fleet.ts";
import type { FleetNode } from "./node.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface Outcome {
  readonly traffic: Traffic;
  /** Pods that were given a port. */
  readonly pods: number;
  /** From the first pod's ADD to the last one's answer. */
  readonly podsMs: number;
  /** For each pod from its first ADD to its port, wired; failed attempts are in it. */
  readonly waits: readonly number[];
  /** ADDs and DELs that failed, and were repeated as kubelet does. */
  readonly failures: number;
  /** For each node, from the start until its pool was warm. */
  readonly warm: readonly number[];
  /** Most calls that one node had under way. */
  readonly mostOfOneNode: number;
  /** What Neutron and the nodes do not agree on at the end. */
  readonly leaks: readonly string[];
}

export type Story = (fleet: Fleet, told: Tally) => Promise<void>;

/** What a story notes while it goes on. */
export class Tally {
  readonly waits: number[] = [];
  warm: number[] = [];
  failures = 0;
  #firstAt = Number.POSITIVE_INFINITY;
  #lastAt = 0;

  constructor(private readonly time: VirtualTime) {}

  /** A pod's ADD, repeated with pauses until it is well. @returns what DEL knows the pod by */
  async add(node: FleetNode): Promise<string> {
    const began = this.time.now;
    this.#firstAt = Math.min(this.#firstAt, began);
    const name = await this.#repeat(() => node.add());
    this.#lastAt = this.time.now;
    this.waits.push(this.time.now - began);
    return name;
  }

  del(node: FleetNode, name: string): Promise<void> {
    return this.#repeat(() => node.del(name));
  }

  get podsMs(): number {
    return this.waits.length === 0 ? 0 : this.#lastAt - this.#firstAt;
  }

  async #repeat<T>(work: () => Promise<T>): Promise<T> {
    for (let pause = KUBELET.firstMs; ; pause = Math.min(2 * pause, KUBELET.longestMs)) {
      try {
        return await work();
      } catch {
        this.failures += 1;
        await this.time.sleep(pause * (0.5 + Math.random() / 2));
      }
    }
  }
}

/** About as long as kubelet leaves a pod alone whose sandbox failed. */
const KUBELET = { firstMs: 1_000, longestMs: 60_000 };

/** Tells a story to a new fleet, in virtual time, and waits until all is quiet. */
export async function play(options: FleetOptions, story: Story, seed = 1): Promise<Outcome> {
  using time = new VirtualTime(seed);
  return await time.run(tell(time, options, story));
}

async function tell(time: VirtualTime, options: FleetOptions, story: Story): Promise<Outcome> {
  await using fleet = await Fleet.open(time, options);
  const told = new Tally(time);
  await story(fleet, told);
  await fleet.until((node) => node.isQuiet);
  const traffic = await fleet.traffic();
  const { waits, warm, failures, podsMs } = told;
  const mostOfOneNode = Math.max(...fleet.nodes.map(({ line }) => line.mostUnderWay));
  const leaks = await fleet.leaks();
  return { traffic, pods: waits.length, podsMs, waits, failures, warm, mostOfOneNode, leaks };
}

import { tapName } from "../../src/wiring/names.ts";
import type { Parking, PodEnd, Wiring, WiringPlan } from "../../src/wiring/wiring.ts";

/** Wiring that makes nothing and takes no time: it remembers what would stand at each host's end. */
export class RememberedWiring implements Wiring {
  readonly driver = { vifType: "bridge", agent: "the linuxbridge agent" };
  /** By the host's end: the pod's owner, or none for a stand-in. */
  readonly #ends = new Map<string, string | undefined>();
  readonly #parking: Parking = {
    park: async ({ hostEnd = "" }) => void this.#ends.set(hostEnd, undefined),
    isParked: async (plan) => this.isStandIn(plan),
    occupy: (plan, pod) => this.plug(plan, pod),
    vacate: async ({ hostEnd = "" }) => {
      this.#ends.set(hostEnd, undefined);
      return "untouched";
    },
  };

  isStandIn({ hostEnd = "" }: WiringPlan): boolean {
    return this.#ends.has(hostEnd) && this.#ends.get(hostEnd) === undefined;
  }

  /** The node was without power: its kernel has forgotten everything. */
  forget(): void {
    this.#ends.clear();
  }

  plan({ portId }: { portId: string }): WiringPlan {
    return { kind: "remembered", portId, hostEnd: tapName(portId) };
  }
  parking(): Parking {
    return this.#parking;
  }
  async plug({ hostEnd = "" }: WiringPlan, { owner = "a pod" }: PodEnd): Promise<string[]> {
    this.#ends.set(hostEnd, owner);
    return [];
  }
  async unplug({ hostEnd = "" }: WiringPlan): Promise<void> {
    this.#ends.delete(hostEnd);
  }
  hostEnds() {
    return [...this.#ends].map(([name, owner]) => {
      return { name, parked: owner === undefined, ...(owner === undefined ? {} : { owner }) };
    });
  }
  problems = async () => [];
  reachable = async () => {};
  ready = async () => "ask-neutron" as const;
  carries = () => true;
  check = async () => [];
  unplugPort = async () => {};
  async unplugHostEnd(hostEnd: string): Promise<void> {
    this.#ends.delete(hostEnd);
  }
  sweep = async () => [];
  forgetConnections = async () => [];
  tidy = async () => {};
}

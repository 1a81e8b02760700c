import type { World } from "../../attachment/world.ts";
import type { Config } from "../../config/load.ts";
import { Deadline } from "../../deadline.ts";
import type { Logger } from "../../log.ts";
import type { Priority } from "../../openstack/call-gate.ts";
import type { Neutron } from "../../openstack/neutron/client.ts";
import type { PoolSettings } from "./policy.ts";

/** What is the same for all pods of a CNI network. */
export type Surroundings = Omit<World, "log" | "deadline">;

/** A CNI network of this node in one Neutron and project. */
export interface Site {
  readonly network: string;
  readonly surroundings: Surroundings;
  readonly settings: PoolSettings;
  readonly log: Logger;
}

/** Neutron with a place for its calls in the node's queue. */
export type NeutronFor = (surroundings: Surroundings, priority: Priority, lane: string) => Neutron;

export const withTurn: NeutronFor = ({ neutron }, priority, lane) => neutron.with({ priority, lane });

export interface Errand {
  /** For messages: what is not done when the time is over. */
  readonly what: string;
  readonly seconds: number;
  readonly priority: Priority;
  readonly lane: string;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

export function settingsOf({ agent }: Config): PoolSettings {
  return {
    min: agent.hot_ports_min,
    max: agent.hot_ports_max,
    batch: agent.hot_ports_batch,
    cooldownMs: agent.hot_ports_cooldown * 1000,
    idleMs: agent.hot_ports_idle * 1000,
  };
}

/** Names a site: a network may change over to another Neutron while ports of the old one remain. */
export function siteKey({ endpointKey }: Pick<Surroundings, "endpointKey">, network: string): string {
  return `${endpointKey} ${network}`;
}

/** Runs `work` in a world of its own, with its own time. What it reads of Neutron is as new as the node's cache has to be. */
export async function errand<T>(
  site: Site,
  neutronFor: NeutronFor,
  { what, seconds, priority, lane, signal }: Errand,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const { agent: _agent, ...surroundings } = site.surroundings;
  const neutron = neutronFor(surroundings, priority, lane);
  using deadline = new Deadline(what, seconds);
  const cancel = () => deadline.cancel(`${what} was interrupted: the agent stops`);
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    return await work({ ...surroundings, neutron, log: site.log, deadline });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

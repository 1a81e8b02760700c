import type { World } from "../../attachment/world.ts";
import type { Config } from "../../config/load.ts";
import type { Logger } from "../../log.ts";
import type { Priority } from "../../openstack/call-gate.ts";
import type { Neutron } from "../../openstack/neutron/client.ts";
import type { Surroundings } from "../../verbs/world.ts";
import { type Errand as OwnErrand, runErrand } from "../errand.ts";
import type { PoolSettings } from "./policy.ts";

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

export interface Errand extends OwnErrand {
  readonly priority: Priority;
  readonly lane: string;
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
export function errand<T>(
  site: Site,
  neutronFor: NeutronFor,
  task: Errand,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const { agent: _agent, ...own } = site.surroundings;
  const neutron = neutronFor(own, task.priority, task.lane);
  return runErrand({ surroundings: { ...own, neutron }, log: site.log }, task, work);
}

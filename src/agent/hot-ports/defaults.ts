import { type HotPortSpec, specOf } from "../../attachment/hot-port.ts";
import { resolveTarget } from "../../attachment/target.ts";
import { parsePodRequest } from "../../kubernetes/pod-request.ts";
import type { Desk } from "./desk.ts";
import type { Site } from "./site.ts";

const RESOLVE_S = 60;

/**
 * What a pod without annotations gets. Read anew of Neutron where the node's cache is old: groups of the project may have
 * come and gone.
 *
 * @returns undefined when the configuration names no network
 */
export async function defaultSpec(
  desk: Desk,
  site: Site,
  signal: AbortSignal,
): Promise<{ spec: HotPortSpec; networkName: string } | undefined> {
  const { default_network_id, default_subnet_id } = site.surroundings.config.neutron;
  const lane = default_subnet_id ?? default_network_id;
  if (lane === undefined) return undefined;
  const what = "finding out what pods get by default";
  const task = { what, seconds: RESOLVE_S, priority: "pool", lane, signal } as const;
  const asked = parsePodRequest({ pod: {} });
  const target = await desk.errand(site, task, (world) => resolveTarget(world, asked, "a pod"));
  const spec = specOf(target);
  return spec && { spec, networkName: target.network.name };
}

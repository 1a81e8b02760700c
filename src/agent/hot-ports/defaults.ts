import { type HotPortSpec, poolKey, specOf } from "../../attachment/hot-port.ts";
import { resolveTarget } from "../../attachment/target.ts";
import { securityGroupIds } from "../../config/load.ts";
import { parsePodRequest } from "../../kubernetes/pod-request.ts";
import type { Desk } from "./desk.ts";
import type { Site } from "./site.ts";

const RESOLVE_S = 60;
/** How often is looked whether the project has other groups. */
const EVERY_MS = 300_000;

/**
 * Keeps a pool for what pods of a network get by default. When that has become something else, the pool before it goes.
 *
 * @returns when to look again, in milliseconds; undefined: it cannot change
 */
export async function keepDefault(desk: Desk, site: Site, signal: AbortSignal): Promise<number | undefined> {
  const found = site.settings.max === 0 ? undefined : await defaultSpec(desk, site, signal);
  if (found === undefined) return undefined;
  const key = poolKey(site.surroundings.endpointKey, site.network, found.spec);
  for (const pool of desk.pools.values()) {
    if (pool.site === site && pool.isDefault && pool.key !== key) pool.retire();
  }
  const isNew = !desk.pools.has(key);
  const pool = desk.addPool(key, site, found.spec, desk.now());
  if (isNew) desk.noteDemand(pool);
  pool.isDefault = true;
  pool.isRetired = false;
  pool.networkName = found.networkName;
  desk.wake("pools", site.surroundings.endpointKey);
  const isFixed = securityGroupIds(site.surroundings.config).length > 0;
  return isFixed ? undefined : EVERY_MS * (0.75 + desk.options.random() / 2);
}

/**
 * What a pod without annotations gets. Read anew of Neutron where the node's cache is old: groups of the project may have
 * come and gone.
 *
 * @returns undefined when the configuration names no network
 */
async function defaultSpec(
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

import type { Result } from "../cni/result.ts";
import { formatPrefix, networkOf, parsePrefix } from "../ip.ts";
import type { AttachmentKey, AttachmentRecord } from "../state/index.ts";
import { ensureHostRoutes, removeHostRoutes } from "../wiring/host-routes.ts";
import { deviceIdOf } from "./identity.ts";
import type { World } from "./world.ts";

/**
 * With `neutron.service_subnet_enabled` the node reaches its pods' subnets and the cluster's services through
 * the router that all subnets hang on, by that router's external address. A route that is there already stays.
 *
 * @param addresses the pod's, with prefix length
 */
export function ensureServiceRoutes(world: World, addresses: readonly string[]): void {
  const service = serviceOf(world);
  if (service === undefined) return;
  const subnets = addresses.map(subnetOf).filter((cidr) => isSameFamily(cidr, service.gateway));
  for (const warning of ensureHostRoutes([...subnets, service.cidr], service.gateway))
    world.log.warn(warning);
}

/**
 * Removes the routes to subnets in which this node has no pod any more; the route to the services goes with the
 * last pod. While an ADD is at work nothing is removed: it may be about to count on a route.
 */
export function releaseServiceRoutes(
  world: World,
  gone: { key: AttachmentKey; addresses: readonly string[] },
): void {
  const service = serviceOf(world);
  if (service === undefined) return;
  const own = deviceIdOf(gone.key);
  const others = world.store.attachments.list(gone.key.network).filter(({ deviceId }) => deviceId !== own);
  if (others.some(({ state }) => state === "attaching")) return;
  const used = new Set(others.flatMap(addressesOf).map(subnetOf));
  const unused = gone.addresses
    .map(subnetOf)
    .filter((cidr) => !used.has(cidr) && isSameFamily(cidr, service.gateway));
  removeHostRoutes(used.size === 0 ? [...unused, service.cidr] : unused, service.gateway);
}

function serviceOf(world: World): { gateway: string; cidr: string } | undefined {
  const { service_subnet_enabled, external_router_gateway_ip, service_cluster_ip_cidr } =
    world.config.neutron;
  if (!service_subnet_enabled || !external_router_gateway_ip || !service_cluster_ip_cidr) return undefined;
  return { gateway: external_router_gateway_ip, cidr: service_cluster_ip_cidr };
}

/** The addresses that a pod was given, with prefix length. */
export function addressesOf(record: AttachmentRecord): string[] {
  const answer = record.answer as Result | undefined;
  return answer?.ips.map(({ address }) => address) ?? [];
}

/** `10.52.0.17/22` → `10.52.0.0/22`. */
export function subnetOf(address: string): string {
  const { bytes, length } = networkOf(parsePrefix(address));
  return formatPrefix(bytes, length);
}

function isSameFamily(cidr: string, address: string): boolean {
  return cidr.includes(":") === address.includes(":");
}

import type { Link } from "../netlink/links.ts";
import { isTapName } from "./names.ts";

/**
 * The number skynet signs with: device group of links it makes (`ip link show group 94`) and protocol of routes it
 * makes (`ip route show proto 94`). A group is set in the request that creates a link, so no link of skynet's is ever
 * without it, and nothing without it is ever removed.
 */
export const SKYNET_MARK = 94;

/**
 * The group of links that are only waiting to be deleted (`ip link show group 94094`). Deleting takes the kernel 15 to
 * 20 ms, and no longer for a whole group.
 */
export const PUT_ASIDE = 94_094;

export function isOurs(link: Link): boolean {
  return link.group === SKYNET_MARK;
}

/** Whether a port of a bridge leads to a pod, a machine or a service such as DHCP; Neutron calls all of those `tap…`. */
export function isEndpoint(link: Link): boolean {
  return isTapName(link.name) || (link.kind === "veth" && isOurs(link));
}

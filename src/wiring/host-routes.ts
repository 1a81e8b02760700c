/**
 * Routes of the node to services and pods through a router, for `neutron.service_subnet_enabled`. Those made here carry
 * skynet's protocol number ({@link SKYNET_MARK}) and are the only ones ever removed.
 */
import * as c from "../netlink/constants.ts";
import { isExist, isNoRoute, isUnreachable } from "../netlink/errors.ts";
import {
  type Family,
  familyOf,
  formatAddress,
  formatPrefix,
  networkOf,
  parseAddress,
  parsePrefix,
} from "../netlink/ip.ts";
import { addRoute, deleteRoute, listRoutes, type Route } from "../netlink/routes.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { SKYNET_MARK } from "./owner.ts";

/**
 * Sees to it that the node reaches `cidrs` through `gateway`. A route that is there by another way stays as it is, and
 * is told in the warnings answered.
 *
 * @param cidrs of the gateway's family
 * @throws WiringError "gateway-unreachable"; NetlinkError; RangeError for what is not an address
 */
export function ensureHostRoutes(cidrs: readonly string[], gateway: string): string[] {
  using socket = NetlinkSocket.open();
  const via = formatAddress(parseAddress(gateway));
  const present = mainTable(socket, familyOf(parseAddress(gateway)));
  return networks(cidrs).flatMap((dst) => {
    const existing = present.filter((route) => route.dst === dst);
    if (existing.some((route) => route.gateway === via)) return [];
    const [other] = existing;
    return other ? [leftAlone(other, via)] : add(socket, dst, via);
  });
}

/** Removes the routes to `cidrs` through `gateway` that {@link ensureHostRoutes} made. @throws NetlinkError */
export function removeHostRoutes(cidrs: readonly string[], gateway: string): void {
  using socket = NetlinkSocket.open();
  const via = formatAddress(parseAddress(gateway));
  const unwanted = new Set(networks(cidrs));
  const ours = mainTable(socket, familyOf(parseAddress(gateway))).filter(
    (route) => unwanted.has(route.dst) && route.gateway === via && route.header.protocol === SKYNET_MARK,
  );
  const failure = socket.attempt(ours.map(deleteRoute)).find((error) => error && !isNoRoute(error));
  if (failure) throw failure;
}

function mainTable(socket: NetlinkSocket, family: Family): Route[] {
  return listRoutes(socket, { family, table: c.RT_TABLE_MAIN });
}

/** Each network once, without host bits. */
function networks(cidrs: readonly string[]): string[] {
  const texts = cidrs.map((cidr) => {
    const { bytes, length } = networkOf(parsePrefix(cidr));
    return formatPrefix(bytes, length);
  });
  return [...new Set(texts)];
}

function add(socket: NetlinkSocket, dst: string, gateway: string): string[] {
  try {
    socket.request(addRoute({ dst, gateway, protocol: SKYNET_MARK }));
    return [];
  } catch (error) {
    if (isUnreachable(error)) throw unreachable(dst, gateway, error);
    if (!isExist(error)) throw error;
    // Another process was faster: with its route the next look is content, or warns.
    return ensureHostRoutes([dst], gateway);
  }
}

function leftAlone(route: Route, gateway: string): string {
  const way = route.gateway === undefined ? "directly over a link" : `via ${route.gateway}`;
  return `the route to ${route.dst} goes ${way}, not via ${gateway}, and was left alone; delete it if it is not meant`;
}

function unreachable(dst: string, gateway: string, cause: unknown): WiringError {
  return new WiringError(
    "gateway-unreachable",
    `${gateway}, the gateway to ${dst}, is on no network this node is connected to; give the node an address in its ` +
      "segment or correct neutron.external_router_gateway_ip",
    { cause },
  );
}

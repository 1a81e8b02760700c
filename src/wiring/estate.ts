/**
 * The addresses and routes a host has on a link, and their move to another: a NIC that becomes a port of a bridge
 * cannot use its own any more.
 *
 * Every step only adds or replaces what the next one needs, and each reads the kernel anew: after a crash anywhere, doing
 * the whole again completes it, in either direction.
 */
import { type Address, copyAddress, deleteAddress, listAddresses } from "../netlink/addresses.ts";
import * as c from "../netlink/constants.ts";
import { isExist, isNoAddress } from "../netlink/errors.ts";
import { networkOf, parsePrefix } from "../netlink/ip.ts";
import type { Link } from "../netlink/links.ts";
import { deleteRoute, listRoutes, moveRoute, type Route } from "../netlink/routes.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { setIpv6 } from "./ipv6-setting.ts";

export interface Estate {
  /** Index of the link it is on. */
  readonly link: number;
  readonly addresses: readonly Address[];
  readonly routes: readonly Route[];
}

/** What would have to move with a link's role. @throws NetlinkError */
export function readEstate(socket: NetlinkSocket, link: Link): Estate {
  const addresses = listAddresses(socket, link.index).filter((address) => !belongsToLink(address));
  const routes = ([c.AF_INET, c.AF_INET6] as const).flatMap((family) =>
    listRoutes(socket, { family, oif: link.index }),
  );
  return { link: link.index, addresses, routes: routesToMove(routes, addresses) };
}

export function isEmpty(estate: Estate): boolean {
  return estate.addresses.length === 0 && estate.routes.length === 0;
}

/** First step: the addresses are on both links. */
export function copyAddresses(socket: NetlinkSocket, estate: Estate, to: Link): void {
  if (estate.addresses.some((address) => address.family === c.AF_INET6)) setIpv6(to.name, true);
  socket.batch(estate.addresses.map((address) => copyAddress(address, to.index)));
}

/** Second step: the routes leave by the other link. */
export function moveRoutes(socket: NetlinkSocket, estate: Estate, to: Link): void {
  const outcomes = socket.attempt(estate.routes.map((route) => moveRoute(route, estate.link, to.index)));
  const failure = outcomes.find((error) => error && !isExist(error));
  if (failure) throw failure;
  // Where the route was there already, beside the old one, the old one was not replaced.
  socket.attempt(estate.routes.filter((_, position) => outcomes[position]).map(deleteRoute));
}

/** Third step: the addresses are gone from where they were. */
export function dropAddresses(socket: NetlinkSocket, estate: Estate): void {
  const outcomes = socket.attempt(estate.addresses.toReversed().map(deleteAddress));
  const failure = outcomes.find((error) => error && !isNoAddress(error));
  if (failure) throw failure;
}

/**
 * Of the routes over a link those that must be moved, in an order in which each finds its gateway reachable. The
 * kernel itself makes the routes to the networks of addresses, and all of the local table.
 */
export function routesToMove(routes: readonly Route[], addresses: readonly Address[]): Route[] {
  const automatic = new Set(addresses.filter(makesRoute).map((address) => connectedNetwork(address)));
  const moved = routes.filter(
    (route) =>
      route.table !== c.RT_TABLE_LOCAL &&
      !isLinkLocal(route) &&
      !(route.header.protocol === c.RTPROT_KERNEL && automatic.has(networkText(route.dst))),
  );
  return moved.toSorted(
    (one, other) => Number(one.gateway !== undefined) - Number(other.gateway !== undefined),
  );
}

/** IPv6 link-local: every link has its own. */
function belongsToLink(address: Address): boolean {
  return address.family === c.AF_INET6 && address.scope === c.RT_SCOPE_LINK;
}

function makesRoute(address: Address): boolean {
  return (address.flags & c.IFA_F_NOPREFIXROUTE) === 0;
}

/** The network the kernel makes a route to: around the far end where there is one. */
function connectedNetwork(address: Address): string {
  const { length } = parsePrefix(address.address);
  return networkText(address.peer === undefined ? address.address : `${address.peer}/${length}`);
}

function networkText(prefix: string): string {
  const { bytes, length } = networkOf(parsePrefix(prefix));
  return `${bytes.join(".")}/${length}`;
}

function isLinkLocal(route: Route): boolean {
  return route.header.protocol === c.RTPROT_KERNEL && /^(fe80|ff00):/.test(route.dst);
}

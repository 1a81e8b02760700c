/** Routes. */
import * as a from "./attributes.ts";
import * as c from "./constants.ts";
import { isNotSupported } from "./errors.ts";
import { type Family, formatAddress, formatPrefix, networkOf, parseAddress, parsePrefix } from "./ip.ts";
import { encodeRoute, type Message, parseRouteMessage, type Request, type RouteHeader } from "./message.ts";
import { linksOf, withLink } from "./multipath.ts";
import type { NetlinkSocket } from "./socket.ts";

/** A route as the kernel tells it. */
export interface Route {
  /** The fixed part: family, table, protocol, scope, type, flags. */
  readonly header: RouteHeader;
  /** `10.254.0.0/16`; the default route is `0.0.0.0/0` or `::/0`. */
  readonly dst: string;
  readonly gateway?: string;
  /** Indexes of the links it leaves by; a blackhole has none. */
  readonly links: readonly number[];
  readonly table: number;
  readonly metric: number;
  /** The attributes as the kernel gave them, for making the same route over another link. */
  readonly attributes: a.Attributes;
}

export interface RouteSettings {
  /** `10.254.0.0/16`, without host bits. */
  readonly dst: string;
  readonly gateway?: string;
  /** Index of the link; where it is missing the kernel finds it by the gateway. */
  readonly oif?: number;
  /** The gateway is on the link, whatever the addresses say. */
  readonly onlink?: boolean;
  /** RTPROT_…: who made it. Default: the administrator. */
  readonly protocol?: number;
}

export interface RouteFilter {
  readonly family: Family;
  /** Index of a link. */
  readonly oif?: number;
  readonly table?: number;
}

/** Routes of one family. @throws NetlinkError */
export function listRoutes(socket: NetlinkSocket, filter: RouteFilter): Route[] {
  const payload = encodeRoute(
    { family: filter.family },
    ...(filter.oif === undefined ? [] : [a.u32(c.RTA_OIF, filter.oif)]),
    ...(filter.table === undefined ? [] : [a.u32(c.RTA_TABLE, filter.table)]),
  );
  const request = { type: c.RTM_GETROUTE, flags: 0, payload, operation: "list routes" };
  return dumpOrNone(socket, request)
    .filter((message) => message.type === c.RTM_NEWROUTE)
    .map((message) => readRoute(message.payload))
    .filter((route) => filter.oif === undefined || route.links.includes(filter.oif))
    .filter((route) => filter.table === undefined || route.table === filter.table);
}

/** A kernel without IPv6 has no routes of it. */
function dumpOrNone(socket: NetlinkSocket, request: Request): Message[] {
  try {
    return socket.dump(request);
  } catch (error) {
    if (isNotSupported(error)) return [];
    throw error;
  }
}

/** A route in the main table, in the place of one with the same destination and metric. @throws RangeError */
export function replaceRoute(route: RouteSettings): Request {
  return newRoute(route, c.NLM_F_CREATE | c.NLM_F_REPLACE);
}

/** A route in the main table, refused with EEXIST when there is one to its destination. @throws RangeError */
export function addRoute(route: RouteSettings): Request {
  return newRoute(route, c.NLM_F_CREATE | c.NLM_F_EXCL);
}

/** The same route with one link in the place of another, replacing what has its destination and metric. */
export function moveRoute(route: Route, from: number, to: number): Request {
  const dropped = new Set([c.RTA_OIF, c.RTA_CACHEINFO, c.RTA_EXPIRES, c.RTA_NH_ID]);
  const kept = [...route.attributes].filter(([type]) => !dropped.has(type));
  const oif = route.attributes.has(c.RTA_OIF) ? [a.u32(c.RTA_OIF, to)] : [];
  return {
    type: c.RTM_NEWROUTE,
    flags: c.NLM_F_CREATE | c.NLM_F_REPLACE,
    payload: encodeRoute(
      { ...route.header, flags: route.header.flags & c.RTNH_F_ONLINK },
      ...kept.map(([type, value]) =>
        a.bytes(type, type === c.RTA_MULTIPATH ? withLink(value, from, to) : value),
      ),
      ...oif,
    ),
    operation: `move route ${route.dst}`,
  };
}

/** Deletes exactly this route. */
export function deleteRoute(route: Route): Request {
  const identity = [c.RTA_DST, c.RTA_GATEWAY, c.RTA_OIF, c.RTA_PRIORITY, c.RTA_TABLE].flatMap((type) => {
    const value = route.attributes.get(type);
    return value === undefined ? [] : [a.bytes(type, value)];
  });
  return {
    type: c.RTM_DELROUTE,
    flags: 0,
    payload: encodeRoute({ ...route.header, flags: 0 }, ...identity),
    operation: `delete route ${route.dst}`,
  };
}

/** Reads the payload of an RTM_NEWROUTE. */
export function readRoute(payload: Uint8Array): Route {
  const { header, attributes } = parseRouteMessage(payload);
  const gateway = attributes.get(c.RTA_GATEWAY);
  const oif = a.readU32(attributes, c.RTA_OIF);
  const anywhere = new Uint8Array(header.family === c.AF_INET ? 4 : 16);
  return {
    header,
    dst: formatPrefix(attributes.get(c.RTA_DST) ?? anywhere, header.destinationLength),
    table: a.readU32(attributes, c.RTA_TABLE) ?? header.table,
    metric: a.readU32(attributes, c.RTA_PRIORITY) ?? 0,
    links: oif === undefined ? linksOf(attributes.get(c.RTA_MULTIPATH) ?? new Uint8Array()) : [oif],
    attributes,
    ...(gateway === undefined ? {} : { gateway: formatAddress(gateway) }),
  };
}

function newRoute(route: RouteSettings, flags: number): Request {
  const destination = networkOf(parsePrefix(route.dst));
  const attributes = [
    a.bytes(c.RTA_DST, destination.bytes),
    ...(route.gateway === undefined ? [] : [a.bytes(c.RTA_GATEWAY, parseAddress(route.gateway))]),
    ...(route.oif === undefined ? [] : [a.u32(c.RTA_OIF, route.oif)]),
  ];
  const header = {
    family: destination.family,
    destinationLength: destination.length,
    table: c.RT_TABLE_MAIN,
    protocol: route.protocol ?? c.RTPROT_STATIC,
    scope: route.gateway === undefined ? c.RT_SCOPE_LINK : c.RT_SCOPE_UNIVERSE,
    type: c.RTN_UNICAST,
    flags: route.onlink ? c.RTNH_F_ONLINK : 0,
  };
  const via = route.gateway === undefined ? "" : ` via ${route.gateway}`;
  return {
    type: c.RTM_NEWROUTE,
    flags,
    payload: encodeRoute(header, ...attributes),
    operation: `add route ${route.dst}${via}`,
  };
}

/** Links: looking them up and deleting them. */
import * as a from "./attributes.ts";
import * as c from "./constants.ts";
import { isNoDevice } from "./errors.ts";
import { formatMac } from "./mac.ts";
import { encodeLink, parseLink, type Request } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

/** What is known of a link. Indexes are those of the namespace the socket is in. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** `veth`, `bridge`, `vlan`, `vxlan`…; hardware has none. */
  readonly kind?: string;
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
  /** Set up by its administrator; whether it carries anything is `operstate`. */
  readonly up: boolean;
  readonly operstate: OperState;
  /** Index of the bridge it is a port of. */
  readonly master?: number;
  /** Index of the link it sits on (VLAN devices) or of its peer (veth). */
  readonly parent?: number;
  /** Set when `parent` is an index in another namespace. */
  readonly parentNamespaceId?: number;
  readonly vlanId?: number;
  /** Device group; 0 is the default. */
  readonly group: number;
  /** What somebody wrote on it (`ip link set NAME alias TEXT`). */
  readonly alias?: string;
}

/** RFC 2863 operational states, in the order of IF_OPER_… (linux/if.h). */
const operStates = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"] as const;
export type OperState = (typeof operStates)[number];

/** The link of that name, or nothing. @throws NetlinkError */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  return lookUp(
    socket,
    `find link ${name}`,
    encodeLink({}, a.string(c.IFLA_IFNAME, name), withoutCounters()),
  );
}

/** The link with that index, or nothing. @throws NetlinkError */
export function findLinkByIndex(socket: NetlinkSocket, index: number): Link | undefined {
  return lookUp(socket, `find link ${index}`, encodeLink({ index }, withoutCounters()));
}

/** All links, or those in one bridge. @throws NetlinkError */
export function listLinks(socket: NetlinkSocket, filter: { readonly master?: number } = {}): Link[] {
  const attributes = filter.master === undefined ? [] : [a.u32(c.IFLA_MASTER, filter.master)];
  const payload = encodeLink({}, withoutCounters(), ...attributes);
  const links = socket.dump({ type: c.RTM_GETLINK, flags: 0, payload, operation: "list links" });
  return links.map((message) => readLink(message.payload)).filter(matches(filter));
}

/** The deletion of a link by name; of a veth pair both ends go. */
export function linkDeletion(name: string): Request {
  return deletion(`delete link ${name}`, a.string(c.IFLA_IFNAME, name));
}

/**
 * The deletion of all links of a group at once: the kernel waits once for all of them, where each by itself takes 15 to
 * 20 ms.
 */
export function groupDeletion(group: number): Request {
  return deletion(`delete links of group ${group}`, a.u32(c.IFLA_GROUP, group));
}

function deletion(operation: string, whose: Uint8Array): Request {
  return { type: c.RTM_DELLINK, flags: 0, payload: encodeLink({}, whose), operation };
}

/** Answers whether there was anything to delete. @throws NetlinkError */
export function deleteLinks(socket: NetlinkSocket, deletion: Request): boolean {
  try {
    socket.request(deletion);
    return true;
  } catch (error) {
    return missing(error);
  }
}

/** The same, for whom others must not wait: see {@link NetlinkSocket.requestInPool}. @throws NetlinkError */
export async function deleteLinksInPool(socket: NetlinkSocket, deletion: Request): Promise<boolean> {
  try {
    await socket.requestInPool(deletion);
    return true;
  } catch (error) {
    return missing(error);
  }
}

/** Deletes a link by name, as {@link linkDeletion} says. Answers whether there was one. @throws NetlinkError */
export function deleteLink(socket: NetlinkSocket, name: string): boolean {
  return deleteLinks(socket, linkDeletion(name));
}

function missing(error: unknown): false {
  if (isNoDevice(error)) return false;
  throw error;
}

function withoutCounters(): Uint8Array {
  return a.u32(c.IFLA_EXT_MASK, c.RTEXT_FILTER_SKIP_STATS);
}

function lookUp(socket: NetlinkSocket, operation: string, payload: Uint8Array): Link | undefined {
  try {
    return readLink(socket.get({ type: c.RTM_GETLINK, flags: 0, payload, operation }).payload);
  } catch (error) {
    if (isNoDevice(error)) return undefined;
    throw error;
  }
}

/** Older kernels ignore filters they do not know. */
function matches(filter: { readonly master?: number }): (link: Link) => boolean {
  return (link) => filter.master === undefined || link.master === filter.master;
}

/** Reads the payload of an RTM_NEWLINK. */
export function readLink(payload: Uint8Array): Link {
  const { index, flags, attributes } = parseLink(payload);
  const info = a.readNested(attributes, c.IFLA_LINKINFO);
  const kind = a.readString(info, c.IFLA_INFO_KIND);
  const data = kind === "vlan" ? a.readNested(info, c.IFLA_INFO_DATA) : new Map();
  return {
    index,
    name: a.readString(attributes, c.IFLA_IFNAME) ?? "",
    mac: formatMac(attributes.get(c.IFLA_ADDRESS) ?? new Uint8Array()),
    mtu: a.readU32(attributes, c.IFLA_MTU) ?? 0,
    up: (flags & c.IFF_UP) !== 0,
    operstate: operStates[a.readU8(attributes, c.IFLA_OPERSTATE) ?? 0] ?? "unknown",
    group: a.readU32(attributes, c.IFLA_GROUP) ?? 0,
    ...optional("kind", kind),
    ...optional("master", a.readU32(attributes, c.IFLA_MASTER)),
    ...optional("parent", a.readU32(attributes, c.IFLA_LINK)),
    ...optional("parentNamespaceId", a.readU32(attributes, c.IFLA_LINK_NETNSID)),
    ...optional("alias", a.readString(attributes, c.IFLA_IFALIAS)),
    ...optional("vlanId", a.readU16(data, c.IFLA_VLAN_ID)),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

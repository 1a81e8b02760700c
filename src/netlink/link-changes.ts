/** Requests that make and change links; a socket sends them, one or several at a time. */
import * as a from "./attributes.ts";
import * as c from "./constants.ts";
import type { Link } from "./links.ts";
import { parseMac } from "./mac.ts";
import { encodeLink, type Request } from "./message.ts";

export interface VethSettings {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  /** Index of the Linux bridge that this end becomes a port of. */
  readonly bridge?: number;
  readonly group: number;
  /** Whether this end comes up; default true. */
  readonly up?: boolean;
  readonly peer: {
    /** Descriptor of the network namespace that the peer is born in. */
    readonly namespaceFd: number;
    readonly name: string;
    readonly mac: string;
    /** Default 0, which is no group. */
    readonly group?: number;
  };
}

export interface LinkChanges {
  readonly up?: boolean;
  readonly mtu?: number;
  readonly mac?: string;
  /** Index of a bridge, or 0 to leave the one it is in. */
  readonly master?: number;
  readonly name?: string;
  readonly group?: number;
  /** At most 255 bytes; empty to remove it. */
  readonly alias?: string;
  /** Whether its IPv4 addresses are announced when it comes up or is given a MAC (ip-sysctl.rst, arp_notify). */
  readonly arpNotify?: boolean;
}

/**
 * A veth pair in one request: this end up unless it is told otherwise and, where there is one, a port of the bridge; the
 * peer in its namespace under its final name, DOWN. Nothing is left behind when any part of it is refused.
 */
export function createVeth(veth: VethSettings): Request {
  const peer = encodeLink(
    {},
    a.string(c.IFLA_IFNAME, veth.peer.name),
    a.u32(c.IFLA_NET_NS_FD, veth.peer.namespaceFd),
    a.bytes(c.IFLA_ADDRESS, parseMac(veth.peer.mac)),
    a.u32(c.IFLA_MTU, veth.mtu),
    ...(veth.peer.group === undefined ? [] : [a.u32(c.IFLA_GROUP, veth.peer.group)]),
  );
  return newLink(
    veth.name,
    "veth",
    encodeLink(
      veth.up === false ? {} : { flags: c.IFF_UP, change: c.IFF_UP },
      a.string(c.IFLA_IFNAME, veth.name),
      a.bytes(c.IFLA_ADDRESS, parseMac(veth.mac)),
      a.u32(c.IFLA_MTU, veth.mtu),
      a.u32(c.IFLA_GROUP, veth.group),
      ...(veth.bridge === undefined ? [] : [a.u32(c.IFLA_MASTER, veth.bridge)]),
      linkInfo("veth", a.bytes(c.VETH_INFO_PEER, peer)),
    ),
  );
}

/** A bridge, DOWN, that forwards from the first frame: no spanning tree, no delay. */
export function createBridge(bridge: { readonly name: string; readonly group: number }): Request {
  const settings = [a.u32(c.IFLA_BR_FORWARD_DELAY, 0), a.u32(c.IFLA_BR_STP_STATE, 0)];
  return newLink(
    bridge.name,
    "bridge",
    encodeLink(
      {},
      a.string(c.IFLA_IFNAME, bridge.name),
      a.u32(c.IFLA_GROUP, bridge.group),
      linkInfo("bridge", ...settings),
    ),
  );
}

/** An 802.1Q device on the link with index `parent`, DOWN. */
export function createVlan(vlan: {
  readonly name: string;
  readonly parent: number;
  readonly id: number;
  readonly group: number;
}): Request {
  return newLink(
    vlan.name,
    "vlan",
    encodeLink(
      {},
      a.string(c.IFLA_IFNAME, vlan.name),
      a.u32(c.IFLA_LINK, vlan.parent),
      a.u32(c.IFLA_GROUP, vlan.group),
      linkInfo("vlan", a.u16(c.IFLA_VLAN_ID, vlan.id)),
    ),
  );
}

export interface MacvlanSettings {
  readonly name: string;
  /** Index, in the socket's namespace, of the link it sits on. */
  readonly parent: number;
  /** bridge: those of one parent reach each other; passthru: the parent has this one alone. */
  readonly mode: keyof typeof macvlanModes;
  readonly group: number;
  /** Descriptor of the network namespace it is born in; default the socket's own. */
  readonly namespaceFd?: number;
  readonly mac?: string;
  /** Bytes, not more than the parent's; default the parent's. */
  readonly mtu?: number;
}

const macvlanModes = { bridge: c.MACVLAN_MODE_BRIDGE, passthru: c.MACVLAN_MODE_PASSTHRU };

/**
 * A macvlan device, DOWN. Kernels before 6.15 refuse a name that is taken in the socket's own namespace, also when the
 * device is born in another (net/core/rtnetlink.c, __rtnl_newlink).
 */
export function createMacvlan(macvlan: MacvlanSettings): Request {
  const { namespaceFd, mac, mtu } = macvlan;
  return newLink(
    macvlan.name,
    "macvlan",
    encodeLink(
      {},
      a.string(c.IFLA_IFNAME, macvlan.name),
      a.u32(c.IFLA_LINK, macvlan.parent),
      a.u32(c.IFLA_GROUP, macvlan.group),
      ...(namespaceFd === undefined ? [] : [a.u32(c.IFLA_NET_NS_FD, namespaceFd)]),
      ...(mac === undefined ? [] : [a.bytes(c.IFLA_ADDRESS, parseMac(mac))]),
      ...(mtu === undefined ? [] : [a.u32(c.IFLA_MTU, mtu)]),
      linkInfo("macvlan", a.u32(c.IFLA_MACVLAN_MODE, macvlanModes[macvlan.mode])),
    ),
  );
}

export function setLink(link: Pick<Link, "index" | "name">, changes: LinkChanges): Request {
  const attributes = [
    ...(changes.mtu === undefined ? [] : [a.u32(c.IFLA_MTU, changes.mtu)]),
    ...(changes.mac === undefined ? [] : [a.bytes(c.IFLA_ADDRESS, parseMac(changes.mac))]),
    ...(changes.master === undefined ? [] : [a.u32(c.IFLA_MASTER, changes.master)]),
    ...(changes.name === undefined ? [] : [a.string(c.IFLA_IFNAME, changes.name)]),
    ...(changes.group === undefined ? [] : [a.u32(c.IFLA_GROUP, changes.group)]),
    ...(changes.alias === undefined ? [] : [aliasAttribute(changes.alias)]),
    ...(changes.arpNotify === undefined ? [] : [ipv4Setting(c.IPV4_DEVCONF_ARP_NOTIFY, changes.arpNotify)]),
  ];
  const flags = changes.up === undefined ? {} : { change: c.IFF_UP, flags: changes.up ? c.IFF_UP : 0 };
  return {
    type: c.RTM_SETLINK,
    flags: 0,
    payload: encodeLink({ index: link.index, ...flags }, ...attributes),
    operation: `set link ${link.name} ${describe(changes)}`,
  };
}

/** Keeps a link from giving itself an IPv6 address when it comes up; refused with EAFNOSUPPORT by a kernel without IPv6. */
export function withoutIpv6Address(link: Pick<Link, "index" | "name">): Request {
  const mode = a.bytes(c.IFLA_INET6_ADDR_GEN_MODE, Uint8Array.of(c.IN6_ADDR_GEN_MODE_NONE));
  const families = a.nested(c.IFLA_AF_SPEC, a.nested(c.AF_INET6, mode));
  return {
    type: c.RTM_SETLINK,
    flags: 0,
    payload: encodeLink({ index: link.index }, families),
    operation: `set link ${link.name} addrgenmode=none`,
  };
}

function ipv4Setting(setting: number, isOn: boolean): Uint8Array {
  const settings = a.nested(c.IFLA_INET_CONF, a.u32(setting, isOn ? 1 : 0));
  return a.nested(c.IFLA_AF_SPEC, a.nested(c.AF_INET, settings));
}

/** Without a terminating zero byte: the kernel takes an empty value for no alias. */
function aliasAttribute(alias: string): Uint8Array {
  return a.bytes(c.IFLA_IFALIAS, new TextEncoder().encode(alias));
}

function newLink(name: string, kind: string, payload: Uint8Array): Request {
  const flags = c.NLM_F_CREATE | c.NLM_F_EXCL;
  return { type: c.RTM_NEWLINK, flags, payload, operation: `create ${kind} ${name}` };
}

function linkInfo(kind: string, ...data: readonly Uint8Array[]): Uint8Array {
  return a.nested(c.IFLA_LINKINFO, a.string(c.IFLA_INFO_KIND, kind), a.nested(c.IFLA_INFO_DATA, ...data));
}

function describe(changes: LinkChanges): string {
  return Object.entries(changes)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

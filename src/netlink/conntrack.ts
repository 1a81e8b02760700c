/**
 * The kernel's table of connections (`conntrack -L`), of the network namespace this process runs in. What was allowed
 * once stays allowed as long as its entry lives: who gets another's address must not get its connections too.
 */
import { SystemCallError } from "../system/errno.ts";
import { readText } from "../system/files.ts";
import * as a from "./attributes.ts";
import * as c from "./constants.ts";
import { isNoEntry } from "./errors.ts";
import { type Family, familyOf, parseAddress } from "./ip.ts";
import type { Request } from "./message.ts";
import { NetlinkSocket } from "./socket.ts";

/** How many entries there are. The file comes with the module; asking by netlink would load the module. */
const COUNT = "/proc/sys/net/netfilter/nf_conntrack_count";

/** Who opened the connection has the address, or who answers has it: also behind a translated one. */
const DIRECTIONS = [c.CTA_TUPLE_ORIG, c.CTA_TUPLE_REPLY] as const;
type Direction = (typeof DIRECTIONS)[number];

/**
 * Removes the entries of connections that these addresses have opened or answer, in whatever zone; answers how many.
 * A kernel that tracks no connections has none.
 *
 * @param addresses `10.0.0.5`, `2001:db8::5`
 * @throws NetlinkError; RangeError for what is not an address
 */
export function flushConntrack(addresses: readonly string[]): number {
  const wanted = addresses.map(parseAddress);
  if (wanted.length === 0 || countEntries() === 0) return 0;
  using socket = NetlinkSocket.open(c.NETLINK_NETFILTER);
  const entries = listRequests(wanted)
    .flatMap((request) => socket.dump(request))
    .filter(({ payload }) => wanted.some((address) => isSource(payload, address)))
    .map(({ payload }) => deleteRequest(payload));
  const outcomes = socket.attempt(entries);
  const failure = outcomes.find((error) => error !== undefined && !isNoEntry(error));
  if (failure) throw failure;
  return outcomes.filter((error) => error === undefined).length;
}

function countEntries(): number {
  try {
    return Number(readText(COUNT));
  } catch (error) {
    if (error instanceof SystemCallError && error.code === "ENOENT") return 0;
    throw error;
  }
}

/**
 * What lists the entries of these addresses, and may list others. Linux filters by address since 5.8. Of IPv6 it passes
 * what does not match instead of what does (seen up to 6.18; net/netfilter/nf_conntrack_netlink.c,
 * ctnetlink_filter_match_tuple), so all of that family are listed.
 */
export function listRequests(addresses: readonly Uint8Array[]): Request[] {
  const isIpv6 = (address: Uint8Array) => familyOf(address) === c.AF_INET6;
  return [
    ...addresses
      .filter((address) => !isIpv6(address))
      .flatMap((address) =>
        DIRECTIONS.map((direction) => listRequest(c.AF_INET, filter(address, direction))),
      ),
    ...(addresses.some(isIpv6) ? [listRequest(c.AF_INET6)] : []),
  ];
}

function listRequest(family: Family, ...attributes: readonly Uint8Array[]): Request {
  return {
    type: messageType(c.IPCTNL_MSG_CT_GET),
    flags: 0,
    payload: a.concat([header(family), ...attributes]),
    operation: "list tracked connections",
  };
}

/** A tuple with the address in it, and what of the tuples is to be compared. */
function filter(address: Uint8Array, direction: Direction): Uint8Array {
  const flagsOf = (other: Direction) => (direction === other ? c.CTA_FILTER_F_CTA_IP_SRC : 0);
  return a.concat([
    a.nested(direction, a.nested(c.CTA_TUPLE_IP, a.bytes(sourceOf(address), address))),
    a.nested(
      c.CTA_FILTER,
      a.u32(c.CTA_FILTER_ORIG_FLAGS, flagsOf(c.CTA_TUPLE_ORIG)),
      a.u32(c.CTA_FILTER_REPLY_FLAGS, flagsOf(c.CTA_TUPLE_REPLY)),
    ),
  ]);
}

/** Whether an entry has the address as the source of its first packet, or of the first answer. */
export function isSource(payload: Uint8Array, address: Uint8Array): boolean {
  const attributes = a.parseAttributes(payload.subarray(HEADER_LENGTH));
  return DIRECTIONS.some((direction) => {
    const ip = a.readNested(a.readNested(attributes, direction), c.CTA_TUPLE_IP);
    return ip.get(sourceOf(address))?.every((byte, index) => byte === address[index]) ?? false;
  });
}

/** Names an entry as the kernel has listed it: its first tuple and its zone tell it from others, its id from a later one. */
export function deleteRequest(payload: Uint8Array): Request {
  const attributes = a.parseAttributes(payload.subarray(HEADER_LENGTH));
  const copied = [c.CTA_ZONE, c.CTA_ID].flatMap((type) => {
    const value = attributes.get(type);
    return value === undefined ? [] : [a.bytes(type, value)];
  });
  const tuple = attributes.get(c.CTA_TUPLE_ORIG) ?? new Uint8Array();
  return {
    type: messageType(c.IPCTNL_MSG_CT_DELETE),
    flags: 0,
    payload: a.concat([header(payload[0] ?? 0), a.nested(c.CTA_TUPLE_ORIG, tuple), ...copied]),
    operation: "remove a tracked connection",
  };
}

/** `struct nfgenmsg`, 4 bytes: family, version, resource. */
const HEADER_LENGTH = 4;

function header(family: number): Uint8Array {
  return Uint8Array.of(family, 0, 0, 0);
}

function messageType(message: number): number {
  return (c.NFNL_SUBSYS_CTNETLINK << 8) | message;
}

function sourceOf(address: Uint8Array): number {
  return familyOf(address) === c.AF_INET ? c.CTA_IP_V4_SRC : c.CTA_IP_V6_SRC;
}

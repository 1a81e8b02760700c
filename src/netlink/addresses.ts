/** Addresses of links. */
import * as a from "./attributes.ts";
import * as c from "./constants.ts";
import { formatAddress, formatPrefix, parsePrefix } from "./ip.ts";
import { encodeAddress, parseAddressMessage, type Request } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

/** An address of a link. */
export interface Address {
  /** Index of the link. */
  readonly index: number;
  readonly family: number;
  /** `10.0.0.5/24` */
  readonly address: string;
  /** The far end's address, on point-to-point links. */
  readonly peer?: string;
  /** RT_SCOPE_…: 0 for the world, 253 for the link. */
  readonly scope: number;
  /** IFA_F_… */
  readonly flags: number;
  /** The attributes as the kernel gave them, for making the same address elsewhere. */
  readonly attributes: a.Attributes;
}

/** The addresses of one link in both families, primary ones first. @throws NetlinkError */
export function listAddresses(socket: NetlinkSocket, index: number): Address[] {
  const payload = encodeAddress({ family: c.AF_UNSPEC, index });
  const messages = socket.dump({ type: c.RTM_GETADDR, flags: 0, payload, operation: "list addresses" });
  return messages
    .filter((message) => message.type === c.RTM_NEWADDR)
    .map((message) => readAddress(message.payload))
    .filter((address) => address.index === index);
}

/**
 * Gives a link an address, or keeps the one it has. IPv6 addresses are usable at once: Neutron has made sure that
 * nobody else has them, so duplicate address detection would only cost a second.
 *
 * @throws RangeError when `cidr` is not `address/length`
 */
export function addAddress(index: number, cidr: string): Request {
  const { family, bytes, length } = parsePrefix(cidr);
  const broadcast =
    family === c.AF_INET && length < 31 ? [a.bytes(c.IFA_BROADCAST, lastOf(bytes, length))] : [];
  const flags = family === c.AF_INET6 ? [a.u32(c.IFA_FLAGS, c.IFA_F_NODAD)] : [];
  return {
    type: c.RTM_NEWADDR,
    flags: c.NLM_F_CREATE | c.NLM_F_REPLACE,
    payload: encodeAddress(
      { family, prefixLength: length, index },
      a.bytes(c.IFA_LOCAL, bytes),
      a.bytes(c.IFA_ADDRESS, bytes),
      ...broadcast,
      ...flags,
    ),
    operation: `add address ${cidr}`,
  };
}

/** The same address on another link, for as long as it is not deleted there. */
export function copyAddress(address: Address, index: number): Request {
  const flags = (address.flags & c.IFA_F_NOPREFIXROUTE) | (address.family === c.AF_INET6 ? c.IFA_F_NODAD : 0);
  // The label begins with the link's name, and a lifetime would pass without its DHCP client.
  const dropped = new Set([c.IFA_LABEL, c.IFA_CACHEINFO, c.IFA_FLAGS]);
  const kept = [...address.attributes].filter(([type]) => !dropped.has(type));
  return {
    type: c.RTM_NEWADDR,
    flags: c.NLM_F_CREATE | c.NLM_F_REPLACE,
    payload: encodeAddress(
      { ...headerOf(address), index },
      ...kept.map(([type, value]) => a.bytes(type, value)),
      a.u32(c.IFA_FLAGS, flags),
    ),
    operation: `copy address ${address.address}`,
  };
}

export function deleteAddress(address: Address): Request {
  const identity = [c.IFA_LOCAL, c.IFA_ADDRESS].flatMap((type) => {
    const value = address.attributes.get(type);
    return value === undefined ? [] : [a.bytes(type, value)];
  });
  return {
    type: c.RTM_DELADDR,
    flags: 0,
    payload: encodeAddress(headerOf(address), ...identity),
    operation: `delete address ${address.address}`,
  };
}

/** Reads the payload of an RTM_NEWADDR. */
export function readAddress(payload: Uint8Array): Address {
  const { family, prefixLength, scope, index, attributes, flags } = parseAddressMessage(payload);
  const far = attributes.get(c.IFA_ADDRESS) ?? new Uint8Array(4);
  const own = attributes.get(c.IFA_LOCAL) ?? far;
  const peer = formatAddress(far);
  const address = formatPrefix(own, prefixLength);
  return {
    index,
    family,
    address,
    scope,
    flags: a.readU32(attributes, c.IFA_FLAGS) ?? flags,
    attributes,
    ...(peer === formatAddress(own) ? {} : { peer }),
  };
}

function headerOf(address: Address) {
  const { length } = parsePrefix(address.address);
  return { family: address.family, prefixLength: length, scope: address.scope, index: address.index };
}

/** The last address of an IPv4 network. */
function lastOf(bytes: Uint8Array, length: number): Uint8Array {
  const last = bytes.slice();
  for (let index = 0; index < last.byteLength; index++) {
    last[index] = (last[index] ?? 0) | (0xff >> Math.min(8, Math.max(0, length - index * 8)));
  }
  return last;
}

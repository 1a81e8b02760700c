/** Addresses between their text and the bytes that netlink carries. */
import ipaddr from "ipaddr.js";
import { AF_INET, AF_INET6 } from "./constants.ts";

export type Family = typeof AF_INET | typeof AF_INET6;

/** An address with the length of its prefix, as bytes in network order. */
export interface Prefix {
  readonly family: Family;
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * Reads `10.0.0.5` or `2001:db8::5`. Short and octal spellings of IPv4, and zones, are refused.
 *
 * @throws RangeError
 */
export function parseAddress(text: string): Uint8Array {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return Uint8Array.from(ipaddr.IPv4.parse(text).toByteArray());
  if (text.includes(":") && !text.includes("%") && ipaddr.IPv6.isValid(text)) {
    return Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray());
  }
  throw new RangeError(`"${text}" is not an IP address`);
}

/**
 * Reads `10.0.0.5/24` or `2001:db8::5/64`; host bits may be set.
 *
 * @throws RangeError
 */
export function parsePrefix(text: string): Prefix {
  const [address = "", length = "", ...rest] = text.split("/");
  const bytes = parseAddress(address);
  const value = Number(length);
  if (rest.length > 0 || !/^\d{1,3}$/.test(length) || value > bytes.byteLength * 8) {
    throw new RangeError(`"${text}" is not an address with a prefix length`);
  }
  return { family: familyOf(bytes), bytes, length: value };
}

/** The text of an address: dotted decimal, or IPv6 in the form of RFC 5952. */
export function formatAddress(bytes: Uint8Array): string {
  const address = ipaddr.fromByteArray([...bytes]);
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();
}

export function formatPrefix(bytes: Uint8Array, length: number): string {
  return `${formatAddress(bytes)}/${length}`;
}

export function familyOf(bytes: Uint8Array): Family {
  return bytes.byteLength === 4 ? AF_INET : AF_INET6;
}

/** The first address of a prefix: its host bits cleared. */
export function networkOf(prefix: Prefix): Prefix {
  const bytes = prefix.bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix.length - index * 8));
    return byte & (0xff00 >> kept);
  });
  return { ...prefix, bytes };
}

/** Whether an address lies in the network of a prefix. */
export function contains(prefix: Prefix, address: Uint8Array): boolean {
  if (familyOf(address) !== prefix.family) return false;
  const network = networkOf(prefix).bytes;
  const own = networkOf({ ...prefix, bytes: address }).bytes;
  return network.every((byte, index) => byte === own[index]);
}

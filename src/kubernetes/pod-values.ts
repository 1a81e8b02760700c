import { contains, formatAddress, isAddress, parseAddress, parsePrefix } from "../ip.ts";

/** The value in its one form, or what is wrong with it and what is allowed, as the rest of a sentence. */
export type Parsed<T> = { value: T } | { problem: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MAC = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/;

/** The items of a list that is separated by commas or spaces. */
export function splitList(text: string): string[] {
  return text.split(/[,\s]+/).filter((item) => item !== "");
}

/** A Neutron id. */
export function parseId(text: string): Parsed<string> {
  const id = text.trim().toLowerCase();
  return UUID.test(id)
    ? { value: id }
    : { problem: "must be the id (UUID) of a Neutron object, such as e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b" };
}

/** Ids separated by commas or spaces, each once. */
export function parseIds(text: string): Parsed<string[]> {
  const ids = splitList(text).map(parseId);
  if (ids.some((id) => "problem" in id)) {
    return { problem: "must be ids (UUIDs) separated by commas, or empty for the default" };
  }
  return { value: [...new Set(ids.flatMap((id) => ("value" in id ? [id.value] : [])))] };
}

export function parseFlag(text: string): Parsed<boolean> {
  const flag = text.trim();
  return flag === "true" || flag === "false"
    ? { value: flag === "true" }
    : { problem: 'must be "true" or "false"' };
}

/** A MAC address: lower case with colons. Hyphens are accepted too. */
export function parseMac(text: string): Parsed<string> {
  const mac = text.trim().toLowerCase();
  if (!MAC.test(mac)) {
    return { problem: "must be a MAC address of six bytes, such as fa:16:3e:00:00:01" };
  }
  const bytes = mac.replaceAll("-", ":");
  if (Number.parseInt(bytes.slice(0, 2), 16) & 1) {
    return { problem: "must be a unicast MAC address: the first byte must be even" };
  }
  return bytes === "00:00:00:00:00:00" ? { problem: "must not be zero" } : { value: bytes };
}

export interface ParsedAddress {
  readonly family: 4 | 6;
  /** IPv6 compressed and in lower case (RFC 5952). */
  readonly address: string;
}

/**
 * An IP address that a pod can have.
 *
 * @param prefixAllowed whether a prefix length such as `/24` may follow; it is checked and dropped
 */
export function parseIp(text: string, prefixAllowed: boolean): Parsed<ParsedAddress> {
  const slash = text.indexOf("/");
  if (slash >= 0 && !prefixAllowed) {
    return { problem: "must be addresses without prefix length: the subnet has it" };
  }
  const address = slash < 0 ? text : text.slice(0, slash);
  if (!isAddress(address)) {
    return { problem: "must be an IPv4 or IPv6 address, such as 10.0.0.5 or 2001:db8::5" };
  }
  const bytes = parseAddress(address);
  const bits = bytes.byteLength * 8;
  const prefix = slash < 0 ? "0" : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) {
    return { problem: `must have a prefix length from 0 to ${bits}, or none` };
  }
  const kind = UNUSABLE.find(([, range]) => contains(parsePrefix(range), bytes))?.[0];
  return kind === undefined
    ? { value: { family: bits === 32 ? 4 : 6, address: formatAddress(bytes) } }
    : { problem: `must be an address that a pod can have, and is of the kind "${kind}"` };
}

/** Kinds of addresses that are nobody's or not one machine's (RFC 6890), each with its network. */
const UNUSABLE = [
  ["unspecified", "0.0.0.0/8"],
  ["loopback", "127.0.0.0/8"],
  ["linkLocal", "169.254.0.0/16"],
  ["multicast", "224.0.0.0/4"],
  ["broadcast", "255.255.255.255/32"],
  ["unspecified", "::/128"],
  ["loopback", "::1/128"],
  ["linkLocal", "fe80::/10"],
  ["multicast", "ff00::/8"],
  ["ipv4Mapped", "::ffff:0:0/96"],
] as const;

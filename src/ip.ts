/**
 * IP addresses and networks of both families, between their text and their bytes in network order.
 *
 * Every process of the plugin comes here once, so there are loops where methods of arrays would be shorter: the runtime
 * compiles `from`, `every` and the like anew in each process that uses them.
 */

/** A network, or an address with the length of its network's prefix. */
export interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const DECIMAL = /^(?:0|[1-9][0-9]{0,2})$/;
const HEXADECIMAL = /^[0-9a-f]{1,4}$/i;
const IPV6_BYTES = 16;

/**
 * Reads `10.0.0.5` or `2001:db8::5`. Short and octal spellings of IPv4, and zones of IPv6, are refused.
 *
 * @throws RangeError
 */
export function parseAddress(text: string): Uint8Array {
  const bytes = readAddress(text);
  if (bytes === undefined) throw new RangeError(`"${text}" is not an IP address`);
  return bytes;
}

/** Whether {@link parseAddress} takes it. */
export function isAddress(text: string): boolean {
  return readAddress(text) !== undefined;
}

/**
 * Reads `10.0.0.5/24` or `2001:db8::5/64`; host bits may be set.
 *
 * @throws RangeError
 */
export function parsePrefix(text: string): Prefix {
  const [address = "", length = "", ...rest] = text.split("/");
  const bytes = parseAddress(address);
  if (rest.length > 0 || !DECIMAL.test(length) || Number(length) > bytes.byteLength * 8) {
    throw new RangeError(`"${text}" is not an address with a prefix length`);
  }
  return { bytes, length: Number(length) };
}

/** Dotted decimal, or IPv6 in the form of RFC 5952. */
export function formatAddress(bytes: Uint8Array): string {
  return bytes.byteLength === 4 ? bytes.join(".") : formatIpv6(bytes);
}

export function formatPrefix(bytes: Uint8Array, length: number): string {
  return `${formatAddress(bytes)}/${length}`;
}

/** The first address of a prefix: its host bits cleared. */
export function networkOf<P extends Prefix>(prefix: P): P {
  const bytes = prefix.bytes.slice();
  for (let index = 0; index < bytes.byteLength; index++) {
    const kept = Math.min(8, Math.max(0, prefix.length - index * 8));
    bytes[index] = (bytes[index] ?? 0) & (0xff00 >> kept);
  }
  return { ...prefix, bytes };
}

/** Whether an address lies in the network of a prefix. */
export function contains(prefix: Prefix, address: Uint8Array): boolean {
  if (address.byteLength !== prefix.bytes.byteLength) return false;
  const network = networkOf(prefix).bytes;
  const own = networkOf({ ...prefix, bytes: address }).bytes;
  for (let index = 0; index < own.byteLength; index++) if (own[index] !== network[index]) return false;
  return true;
}

function readAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? readIpv6(text) : readIpv4(text);
}

function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let index = 0; index < 4; index++) {
    const part = parts[index] ?? "";
    if (!DECIMAL.test(part) || Number(part) > 255) return undefined;
    bytes[index] = Number(part);
  }
  return bytes;
}

/** RFC 4291, section 2.2: groups of two bytes, and once `::` for one or more groups of zeros. */
function readIpv6(text: string): Uint8Array | undefined {
  const [head = "", tail, ...more] = text.split("::");
  const before = readGroups(head, tail === undefined);
  const after = readGroups(tail ?? "", true);
  if (before === undefined || after === undefined || more.length > 0) return undefined;
  const missing = IPV6_BYTES - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  const bytes = new Uint8Array(IPV6_BYTES);
  bytes.set(before);
  bytes.set(after, IPV6_BYTES - after.length);
  return bytes;
}

/**
 * @param isEnd whether an IPv4 address may stand in place of the last two groups
 * @returns bytes
 */
function readGroups(text: string, isEnd: boolean): number[] | undefined {
  const bytes: number[] = [];
  if (text === "") return bytes;
  const parts = text.split(":");
  const ipv4 = isEnd ? readIpv4(parts.at(-1) ?? "") : undefined;
  if (ipv4 !== undefined) parts.pop();
  for (const part of parts) {
    if (!HEXADECIMAL.test(part)) return undefined;
    const group = Number.parseInt(part, 16);
    bytes.push(group >> 8, group & 0xff);
  }
  return ipv4 === undefined ? bytes : [...bytes, ...ipv4];
}

/** Without leading zeros; the longest run of two or more zero groups, the first of equals, becomes `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groups: string[] = [];
  for (let offset = 0; offset < IPV6_BYTES; offset += 2) groups.push(fields.getUint16(offset).toString(16));
  const text = groups.join(":");
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)];
  const [longest] = runs.toSorted(([one], [other]) => other.length - one.length);
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, "");
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}

/** IP addresses and networks of both families, between their text and their bytes in network order. */

/** A network, or an address with the length of its network's prefix. */
export interface Prefix {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const DECIMAL = /^(?:0|[1-9][0-9]{0,2})$/;
const HEXADECIMAL = /^[0-9a-f]{1,4}$/i;
/** 16-bit groups of an IPv6 address. */
const GROUPS = 8;

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
  const bytes = prefix.bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix.length - index * 8));
    return byte & (0xff00 >> kept);
  });
  return { ...prefix, bytes };
}

/** Whether an address lies in the network of a prefix. */
export function contains(prefix: Prefix, address: Uint8Array): boolean {
  if (address.byteLength !== prefix.bytes.byteLength) return false;
  const network = networkOf(prefix).bytes;
  const own = networkOf({ ...prefix, bytes: address }).bytes;
  return network.every((byte, index) => byte === own[index]);
}

function readAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? readIpv6(text) : readIpv4(text);
}

function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  const isWhole = parts.length === 4 && parts.every((part) => DECIMAL.test(part) && Number(part) < 256);
  return isWhole ? Uint8Array.from(parts, Number) : undefined;
}

/** RFC 4291, section 2.2: groups, and once `::` for one or more groups of zeros. */
function readIpv6(text: string): Uint8Array | undefined {
  const [head = "", tail, ...more] = text.split("::");
  const before = readGroups(head, tail === undefined);
  const after = readGroups(tail ?? "", true);
  if (before === undefined || after === undefined || more.length > 0) return undefined;
  const missing = GROUPS - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<number>(missing).fill(0), ...after];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** @param isEnd whether an IPv4 address may stand in place of the last two groups */
function readGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const ipv4 = isEnd ? readIpv4(parts.at(-1) ?? "") : undefined;
  const groups = ipv4 === undefined ? parts : parts.slice(0, -1);
  if (!groups.every((group) => HEXADECIMAL.test(group))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = ipv4 ?? [];
  const last = ipv4 === undefined ? [] : [a * 256 + b, c * 256 + d];
  return [...groups.map((group) => Number.parseInt(group, 16)), ...last];
}

/** Without leading zeros; the longest run of two or more zero groups, the first of equals, becomes `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const fields = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groups = Array.from({ length: GROUPS }, (_, index) => fields.getUint16(index * 2).toString(16));
  const text = groups.join(":");
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)];
  const [longest] = runs.toSorted(([one], [other]) => other.length - one.length);
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, "");
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, "");
  return `${before}::${after}`;
}

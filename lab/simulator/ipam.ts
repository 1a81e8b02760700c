/**
 * Address arithmetic of a subnet, after Neutron's rules (neutron/ipam/utils.py and drivers/neutrondb_ipam). Pure: no
 * database, no clock; randomness and the question "is it taken" are passed in. Addresses are bigints with a version.
 */
import ipaddr from "ipaddr.js";

export type IpVersion = 4 | 6;

export interface Address {
  version: IpVersion;
  value: bigint;
}

export interface Cidr {
  version: IpVersion;
  prefix: number;
  first: bigint;
  last: bigint;
}

/** Both ends belong to the pool. */
export interface Pool {
  first: bigint;
  last: bigint;
}

const WIDTH = { 4: 32, 6: 128 } as const;

/** Neutron draws an address at random from the first free ones of a pool; the window it looks at (MAX_WIN). */
const WINDOW = 1000n;

/** A dotted IPv4 or an IPv6 address; undefined for anything else (no zone, no octal, no shortened IPv4). */
export function parseAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    return { version: 4, value: fromBytes(ipaddr.IPv4.parse(text).toByteArray()) };
  }
  if (text.includes("%") || !ipaddr.IPv6.isValid(text)) return undefined;
  return { version: 6, value: fromBytes(ipaddr.IPv6.parse(text).toByteArray()) };
}

/** The canonical text: dotted, or RFC 5952. */
export function formatAddress(value: bigint, version: IpVersion): string {
  const bytes: number[] = [];
  for (let shift = WIDTH[version] - 8; shift >= 0; shift -= 8) {
    bytes.push(Number((value >> BigInt(shift)) & 0xffn));
  }
  return version === 4 ? bytes.join(".") : new ipaddr.IPv6(bytes).toRFC5952String();
}

/** `address/prefix`, host bits ignored (as Neutron canonicalises); a bare address is a /32 or /128. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, prefixText, ...rest] = text.split("/");
  const parsed = parseAddress(address ?? "");
  if (parsed === undefined || rest.length > 0) return undefined;
  const width = WIDTH[parsed.version];
  if (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText)) return undefined;
  const prefix = prefixText === undefined ? width : Number(prefixText);
  if (prefix > width) return undefined;
  const hostMask = (1n << BigInt(width - prefix)) - 1n;
  const first = parsed.value & ~hostMask;
  return { version: parsed.version, prefix, first, last: first | hostMask };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.first, cidr.version)}/${cidr.prefix}`;
}

export function overlap(one: Pool, two: Pool): boolean {
  return one.first <= two.last && two.first <= one.last;
}

/** IPv4: the first address after the network's; IPv6: the network's own (subnet-router anycast), as Neutron 21 does. */
export function defaultGateway(cidr: Cidr): bigint {
  return cidr.version === 4 ? cidr.first + 1n : cidr.first;
}

/** Where an allocation pool may lie: without network and broadcast address (IPv6 has no broadcast). */
export function poolBounds(cidr: Cidr): Pool {
  if (cidr.version === 6) return { first: cidr.first + 1n, last: cidr.last };
  if (cidr.prefix > 30) return { first: cidr.first, last: cidr.last };
  return { first: cidr.first + 1n, last: cidr.last - 1n };
}

/** The pools of a subnet created without any: everything around the gateway. */
export function defaultPools(cidr: Cidr, gateway: bigint | undefined): Pool[] {
  if (cidr.first === cidr.last) return [{ first: cidr.first, last: cidr.last }];
  const { first, last } = poolBounds(cidr);
  if (gateway === undefined || gateway < first || gateway > last) return [{ first, last }];
  const around: Pool[] = [
    { first, last: gateway - 1n },
    { first: gateway + 1n, last },
  ];
  return around.filter((pool) => pool.first <= pool.last);
}

/**
 * May a port hold this address in this subnet? The gateway and addresses outside the pools may be asked for; the IPv4
 * network and broadcast addresses may not. IPv6's network address is for routers and ports without an owner.
 */
export function isHostAddress(cidr: Cidr, address: Address, deviceOwner: string): boolean {
  if (address.version !== cidr.version || address.value < cidr.first || address.value > cidr.last)
    return false;
  if (cidr.version === 6) {
    return address.value !== cidr.first || deviceOwner === "" || deviceOwner.startsWith("network:router");
  }
  return cidr.prefix > 30 || (address.value !== cidr.first && address.value !== cidr.last);
}

export function poolSize(pools: readonly Pool[]): bigint {
  return pools.reduce((sum, pool) => sum + pool.last - pool.first + 1n, 0n);
}

/**
 * A free address of the pools, at random near the beginning of the first pool that has one; undefined when all are
 * taken.
 * @param random as Math.random: 0 ≤ x < 1
 */
export function pickAddress(
  pools: readonly Pool[],
  isTaken: (value: bigint) => boolean,
  random: () => number,
): bigint | undefined {
  for (const pool of pools) {
    const size = pool.last - pool.first + 1n;
    const start = BigInt(Math.floor(random() * Number(size < WINDOW ? size : WINDOW)));
    for (let step = 0n; step < size; step += 1n) {
      const candidate = pool.first + ((start + step) % size);
      if (!isTaken(candidate)) return candidate;
    }
  }
  return undefined;
}

/** The address a SLAAC subnet gives to a MAC (modified EUI-64, RFC 4291 appendix A). */
export function eui64Address(cidr: Cidr, mac: string): bigint {
  const bytes = mac.split(":").map((byte) => Number.parseInt(byte, 16));
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0] = bytes;
  return cidr.first | fromBytes([b0 ^ 0x02, b1, b2, 0xff, 0xfe, b3, b4, b5]);
}

function fromBytes(bytes: readonly number[]): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

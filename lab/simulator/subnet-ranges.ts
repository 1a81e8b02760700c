/** Gateway and allocation pools of a subnet: what the client gave, checked, or Neutron's defaults. */
import { type Item, list, type Parse, repr } from "./attributes.ts";
import {
  gatewayConflict,
  invalidAllocationPool,
  invalidInput,
  outOfBoundsAllocationPool,
  overlappingAllocationPools,
} from "./errors.ts";
import {
  type Cidr,
  defaultGateway,
  defaultPools,
  formatAddress,
  formatCidr,
  overlap,
  type Pool,
  parseAddress,
  poolBounds,
} from "./ipam.ts";

export interface PoolText {
  start: string;
  end: string;
}

export const parsePools: Parse = (value, name) => {
  for (const entry of list(name, value) as Item[]) {
    const [start, end] = [parseAddress(String(entry.start)), parseAddress(String(entry.end))];
    if (
      start === undefined ||
      end === undefined ||
      start.version !== end.version ||
      start.value > end.value
    ) {
      throw invalidAllocationPool(repr(entry));
    }
  }
  return value;
};

/** @param wanted undefined: the default; null: none */
export function chooseGateway(cidr: Cidr, wanted: string | null | undefined): string | null {
  if (wanted === null) return null;
  if (wanted === undefined) return formatAddress(defaultGateway(cidr), cidr.version);
  const gateway = parseAddress(wanted);
  const isEdge =
    cidr.version === 4 && cidr.prefix < 31 && (gateway?.value === cidr.first || gateway?.value === cidr.last);
  if (gateway === undefined || isEdge) throw invalidInput("Gateway is not valid on subnet");
  return formatAddress(gateway.value, gateway.version);
}

export function choosePools(cidr: Cidr, gateway: string | null, wanted: PoolText[] | undefined): PoolText[] {
  const gatewayValue = gateway === null ? undefined : parseAddress(gateway)?.value;
  const pools = wanted === undefined ? defaultPools(cidr, gatewayValue) : wanted.map((pool) => toPool(pool));
  if (wanted !== undefined) checkPools(cidr, gatewayValue, pools);
  return pools.map((pool) => ({
    start: formatAddress(pool.first, cidr.version),
    end: formatAddress(pool.last, cidr.version),
  }));
}

/** The stored text as numbers. */
export function toPool(pool: PoolText): Pool {
  return { first: parseAddress(pool.start)?.value ?? 0n, last: parseAddress(pool.end)?.value ?? 0n };
}

function checkPools(cidr: Cidr, gateway: bigint | undefined, pools: readonly Pool[]): void {
  const bounds = poolBounds(cidr);
  const show = (pool: Pool) =>
    `${formatAddress(pool.first, cidr.version)}-${formatAddress(pool.last, cidr.version)}`;
  for (const [index, pool] of pools.entries()) {
    if (pool.first < bounds.first || pool.last > bounds.last) {
      throw outOfBoundsAllocationPool(show(pool), formatCidr(cidr));
    }
    const other = pools.slice(index + 1).find((later) => overlap(pool, later));
    if (other !== undefined) throw overlappingAllocationPools(show(pool), show(other), formatCidr(cidr));
  }
  if (gateway === undefined) return;
  const conflict = pools.find((pool) => gateway >= pool.first && gateway <= pool.last);
  if (conflict !== undefined) throw gatewayConflict(formatAddress(gateway, cidr.version), show(conflict));
}

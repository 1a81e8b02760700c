/** A port's addresses: allocated, kept, released. */
import { isSlaac, onePerFamily, resolveWishes, type WantedIp, type Wish } from "./address-wishes.ts";
import type { Cloud } from "./cloud.ts";
import { addressesExhausted, ipAlreadyAllocated } from "./errors.ts";
import { eui64Address, formatAddress, parseCidr, pickAddress } from "./ipam.ts";
import type { FixedIp, Subnet } from "./model.ts";
import { toPool } from "./subnet-ranges.ts";

/**
 * Allocates a port's addresses and stores them in the order asked for, specific ones first as Neutron does.
 * @param wanted undefined: one address of each family the network has; an empty list: none
 * @throws ApiError as Neutron's IPAM: 400 InvalidIp*, 404 SubnetNotFound, 409 taken or exhausted
 */
export function allocate(
  cloud: Cloud,
  port: { id: string; network_id: string; device_owner: string; mac_address: string },
  wanted: readonly WantedIp[] | undefined,
  kept: readonly FixedIp[] = [],
): void {
  const subnets = cloud.subnets.select("network_id = ? ORDER BY id", [port.network_id]);
  const [automatic, manual] = [subnets.filter(isSlaac), subnets.filter((subnet) => !isSlaac(subnet))];
  const wishes = wanted === undefined ? onePerFamily(manual) : resolveWishes(cloud, subnets, port, wanted);
  wishes.sort((one, two) => Number(one.address === undefined) - Number(two.address === undefined));
  const held = new Set(kept.map((fixed) => fixed.subnet_id));
  let place = kept.length;
  for (const wish of wishes) {
    const text = takeAddress(cloud, port.network_id, wish);
    store(cloud, port.id, text, place++);
  }
  if (port.device_owner.startsWith("network:router")) return;
  for (const subnet of automatic.filter(({ id }) => !held.has(id))) {
    store(
      cloud,
      port.id,
      { subnet_id: subnet.id, ip_address: slaacAddress(subnet, port.mac_address) },
      place++,
    );
  }
}

export function release(cloud: Cloud, portId: string): void {
  cloud.sql("DELETE FROM allocations WHERE port_id = ?").run(portId);
}

/** What an update means: addresses already held stay, a wish for a subnet is met by one held there. */
export function reallocate(
  cloud: Cloud,
  port: { id: string; network_id: string; device_owner: string; mac_address: string; fixed_ips: FixedIp[] },
  wanted: readonly WantedIp[],
): void {
  const unclaimed = [...port.fixed_ips];
  const kept: FixedIp[] = [];
  const added: WantedIp[] = [];
  const specificFirst = wanted.toSorted((one, two) => Number(!one.ip_address) - Number(!two.ip_address));
  for (const wish of specificFirst) {
    const at = unclaimed.findIndex((held) =>
      wish.ip_address === undefined ? held.subnet_id === wish.subnet_id : held.ip_address === wish.ip_address,
    );
    const match = unclaimed[at];
    if (match === undefined) {
      added.push(wish);
      continue;
    }
    kept.push(match);
    unclaimed.splice(at, 1);
  }
  const slaac = cloud.subnets.select("network_id = ?", [port.network_id]).filter(isSlaac);
  kept.push(...unclaimed.filter((held) => slaac.some((subnet) => subnet.id === held.subnet_id)));
  release(cloud, port.id);
  for (const [place, fixed] of kept.entries()) store(cloud, port.id, fixed, place);
  allocate(cloud, port, added, kept);
}

function takeAddress(cloud: Cloud, networkId: string, wish: Wish): FixedIp {
  for (const subnet of wish.subnets) {
    const isTaken = (text: string): boolean =>
      cloud.sql("SELECT 1 FROM allocations WHERE subnet_id = ? AND ip_address = ?").get(subnet.id, text) !==
      null;
    if (wish.address !== undefined) {
      const text = formatAddress(wish.address.value, wish.address.version);
      if (isTaken(text)) throw ipAlreadyAllocated(text, subnet.id);
      return { subnet_id: subnet.id, ip_address: text };
    }
    const show = (value: bigint): string => formatAddress(value, subnet.ip_version);
    const picked = pickAddress(
      subnet.allocation_pools.map(toPool),
      (value) => isTaken(show(value)),
      Math.random,
    );
    if (picked !== undefined) return { subnet_id: subnet.id, ip_address: show(picked) };
  }
  throw addressesExhausted(networkId);
}

function store(cloud: Cloud, portId: string, fixed: FixedIp, place: number): void {
  cloud
    .sql("INSERT INTO allocations (subnet_id, ip_address, port_id, place) VALUES (?, ?, ?, ?)")
    .run(fixed.subnet_id, fixed.ip_address, portId, place);
}

function slaacAddress(subnet: Subnet, mac: string): string {
  const cidr = parseCidr(subnet.cidr);
  if (cidr === undefined) throw new Error(`subnet ${subnet.id} holds the CIDR ${subnet.cidr}`);
  return formatAddress(eui64Address(cidr, mac), cidr.version);
}

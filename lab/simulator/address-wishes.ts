/** What a client wishes in `fixed_ips`, checked against the subnets of the network. */
import { type Item, type Parse, repr, uuid } from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import * as errors from "./errors.ts";
import { type Address, formatAddress, isHostAddress, parseAddress, parseCidr } from "./ipam.ts";
import type { Subnet } from "./model.ts";

/** One wish of `fixed_ips`: an address, a subnet, or both. */
export interface WantedIp {
  ip_address?: string;
  subnet_id?: string;
}

export const parseFixedIps: Parse = (value, name) => {
  if (!Array.isArray(value)) {
    throw errors.invalidAttribute(name, `Invalid data format for fixed IP: ${repr(value)}`);
  }
  const wanted = (value as Item[]).map((entry) => parseWanted(entry, name));
  const addresses = wanted.flatMap((entry) => entry.ip_address ?? []);
  const twice = addresses.find((address, index) => addresses.indexOf(address) !== index);
  if (twice !== undefined) throw errors.invalidAttribute(name, `Duplicate IP address '${twice}'`);
  return wanted;
};

/** A wish that can be met by allocation. */
export interface Wish {
  /** Any of these will do; with an address there is one. */
  subnets: Subnet[];
  address?: Address;
}

/** What a port gets that wishes for nothing: one address of each family the network has. */
export function onePerFamily(subnets: Subnet[]): Wish[] {
  const families = [
    subnets.filter(({ ip_version }) => ip_version === 4),
    subnets.filter(({ ip_version }) => ip_version === 6),
  ];
  return families.filter((family) => family.length > 0).map((family) => ({ subnets: family }));
}

/**
 * The wishes as subnets and addresses. A wish for a SLAAC subnet is none: every port gets its address there anyway.
 * @throws ApiError 400 InvalidIpForSubnet, InvalidIpForNetwork, InvalidInput; 404 SubnetNotFound
 */
export function resolveWishes(
  cloud: Cloud,
  subnets: Subnet[],
  port: { network_id: string; device_owner: string },
  wanted: readonly WantedIp[],
): Wish[] {
  if (wanted.length > 0 && subnets.length === 0) {
    throw errors.invalidInput("IP allocation requires subnets for network");
  }
  return wanted.flatMap(({ subnet_id, ip_address }) => {
    const candidates =
      subnet_id === undefined ? subnets : [subnetOf(cloud, subnets, port.network_id, subnet_id)];
    if (ip_address !== undefined) return [homeOf(ip_address, candidates, port, subnet_id !== undefined)];
    if (subnet_id === undefined) throw errors.invalidInput("IP allocation requires subnet_id or ip_address");
    return candidates.filter((subnet) => !isSlaac(subnet)).map((subnet) => ({ subnets: [subnet] }));
  });
}

export function isSlaac(subnet: Subnet): boolean {
  return subnet.ipv6_address_mode === "slaac" || subnet.ipv6_address_mode === "dhcpv6-stateless";
}

function parseWanted(entry: Item, name: string): WantedIp {
  const wanted: WantedIp = {};
  if (entry.ip_address !== undefined) {
    const address = parseAddress(String(entry.ip_address));
    if (address === undefined) {
      throw errors.invalidAttribute(name, `${repr(entry.ip_address)} is not a valid IP address`);
    }
    wanted.ip_address = formatAddress(address.value, address.version);
  }
  if (entry.subnet_id !== undefined) wanted.subnet_id = String(uuid(entry.subnet_id, name));
  return wanted;
}

function homeOf(
  text: string,
  candidates: readonly Subnet[],
  port: { device_owner: string },
  named: boolean,
): Wish {
  const address = parseAddress(text);
  const home = candidates.find((subnet) => address !== undefined && holds(subnet, address, port));
  if (home !== undefined && address !== undefined) return { subnets: [home], address };
  throw named ? errors.invalidIpForSubnet(text) : errors.invalidIpForNetwork(text);
}

function subnetOf(cloud: Cloud, subnets: Subnet[], networkId: string, id: string): Subnet {
  const subnet = subnets.find((candidate) => candidate.id === id);
  if (subnet !== undefined) return subnet;
  if (cloud.subnets.get(id) === undefined) throw errors.subnetNotFound(id);
  throw errors.invalidInput(
    `Failed to create port on network ${networkId}, because fixed_ips included invalid subnet ${id}`,
  );
}

function holds(subnet: Subnet, address: Address, port: { device_owner: string }): boolean {
  const cidr = parseCidr(subnet.cidr);
  return cidr !== undefined && isHostAddress(cidr, address, port.device_owner);
}

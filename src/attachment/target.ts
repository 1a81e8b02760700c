import { CniCode, CniError } from "../cni/errors.ts";
import { securityGroupIds } from "../config/load.ts";
import * as ip from "../ip.ts";
import type { PodRequest } from "../kubernetes/pod-request.ts";
import {
  type NetworkView,
  networkOfSubnet,
  networkView,
  projectSecurityGroups,
  type SubnetView,
} from "./views.ts";
import type { World } from "./world.ts";

/** Where a pod's port is to be made, and with what. */
export interface Target {
  network: NetworkView;
  /** In Neutron's form; absent: Neutron chooses an address of each family that the network has. */
  fixedIps?: FixedIp[];
  securityGroups: readonly string[];
  portSecurity?: boolean;
  mac?: string;
}

export interface FixedIp {
  subnet_id: string;
  ip_address?: string;
}

/**
 * Decides network, subnet, addresses and security groups: what the pod asks for, else the configuration's
 * defaults. A subnet wins over a network, as it always did.
 */
export async function resolveTarget(world: World, asked: PodRequest, podName: string): Promise<Target> {
  const { networkId, subnetId } = await chooseNetwork(world, asked, podName);
  const network = await networkView(world, networkId);
  const fixedIps = chooseFixedIps(network, subnetId, asked, podName);
  return {
    network,
    ...(fixedIps === undefined ? {} : { fixedIps }),
    securityGroups: await chooseSecurityGroups(world, asked),
    ...(asked.portSecurity === undefined ? {} : { portSecurity: asked.portSecurity }),
    ...(asked.mac === undefined ? {} : { mac: asked.mac }),
  };
}

async function chooseNetwork(
  world: World,
  asked: PodRequest,
  podName: string,
): Promise<{ networkId: string; subnetId?: string }> {
  const { default_network_id, default_subnet_id } = world.config.neutron;
  const named = asked.subnetId !== undefined || asked.networkId !== undefined;
  const subnetId = named ? asked.subnetId : default_subnet_id;
  if (subnetId !== undefined) return { networkId: await networkOfSubnet(world, subnetId), subnetId };
  const networkId = named ? asked.networkId : default_network_id;
  if (networkId !== undefined) return { networkId };
  throw new CniError(
    CniCode.badRequest,
    `${podName} names no network and the configuration has no default; annotate the pod with skynet/network_id or skynet/subnet_id, or set neutron.default_network_id`,
  );
}

function chooseFixedIps(
  network: NetworkView,
  subnetId: string | undefined,
  asked: PodRequest,
  podName: string,
): FixedIp[] | undefined {
  if (asked.ips.length === 0) return subnetId === undefined ? undefined : [{ subnet_id: subnetId }];
  const origin = asked.origins.ips ?? podName;
  return asked.ips.map((address) => ({
    subnet_id: subnetFor(network, subnetId, address, origin).id,
    ip_address: address,
  }));
}

/** The chosen subnet if the address is in it; for the other address family any subnet of the network. */
function subnetFor(
  network: NetworkView,
  subnetId: string | undefined,
  address: string,
  origin: string,
): SubnetView {
  const chosen = network.subnets.find(({ id }) => id === subnetId);
  const version = address.includes(":") ? 6 : 4;
  const candidates = chosen?.version === version ? [chosen] : network.subnets;
  const subnet = candidates.find(({ cidr }) => contains(cidr, address));
  if (subnet !== undefined) return subnet;
  const known = candidates.map(({ id, cidr }) => `${cidr} (subnet ${id})`).join(", ") || "no subnet at all";
  throw new CniError(
    CniCode.badRequest,
    `${origin}: the address ${address} is not in the network ${network.id}, which has ${known}; choose an address of the subnet, or name another network or subnet`,
  );
}

/** Whether an address of either family lies in a network given in CIDR notation. */
export function contains(cidr: string, address: string): boolean {
  return ip.contains(ip.parsePrefix(cidr), ip.parseAddress(address));
}

async function chooseSecurityGroups(world: World, asked: PodRequest): Promise<readonly string[]> {
  if (asked.portSecurity === false) return [];
  if (asked.securityGroupIds !== undefined) return asked.securityGroupIds;
  const configured = securityGroupIds(world.config);
  if (configured.length > 0) return configured;
  return projectSecurityGroups(world);
}

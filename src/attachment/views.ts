import { listExtensions } from "../openstack/neutron/extensions.ts";
import { getNetwork, type Network } from "../openstack/neutron/networks.ts";
import { listPorts } from "../openstack/neutron/ports.ts";
import { listSecurityGroups } from "../openstack/neutron/security-groups.ts";
import { getSubnet, listSubnets, type Subnet } from "../openstack/neutron/subnets.ts";
import type { World } from "./world.ts";

/** What an attachment needs to know of a network: small, and cached on the node. */
export interface NetworkView {
  id: string;
  name: string;
  /** Bytes. */
  mtu: number;
  /** Absent when Neutron's policy hides provider attributes from this user. */
  type?: string;
  physicalNetwork?: string;
  segmentationId?: number;
  dnsDomain?: string;
  subnets: SubnetView[];
}

export interface SubnetView {
  id: string;
  cidr: string;
  version: 4 | 6;
  gateway?: string;
  routes: { destination: string; nexthop: string }[];
  nameservers: string[];
}

/** Networks and subnets change rarely; what was changed is seen by new pods after this time. */
const NETWORK_MAX_AGE_MS = 300_000;
/** They change only when Neutron is upgraded or configured anew. */
const EXTENSIONS_MAX_AGE_MS = 3_600_000;
/** A new security group of the project is in force for pods that come after this time. */
const GROUPS_MAX_AGE_MS = 60_000;

/** The network with its subnets, at most {@link NETWORK_MAX_AGE_MS} old. */
export async function networkView(world: World, id: string): Promise<NetworkView> {
  return cached(world, `network/${id}`, NETWORK_MAX_AGE_MS, async (signal) => {
    const [network, subnets] = await Promise.all([
      getNetwork(world.neutron, id, signal),
      listSubnets(world.neutron, { network_id: id }, signal),
    ]);
    const resolvers = needsDhcpResolvers(subnets) ? await dhcpAddresses(world, id, signal) : [];
    return toView(network, subnets, resolvers);
  });
}

/** The id of the network that a subnet belongs to; it never changes. */
export async function networkOfSubnet(world: World, subnetId: string): Promise<string> {
  return cached(world, `subnet/${subnetId}`, NETWORK_MAX_AGE_MS, async (signal) => {
    const subnet = await getSubnet(world.neutron, subnetId, signal);
    return subnet.network_id;
  });
}

/** All security groups of the project: what a pod gets when neither it nor the configuration names any. */
export async function projectSecurityGroups(world: World): Promise<string[]> {
  return cached(world, "security-groups", GROUPS_MAX_AGE_MS, async (signal) => {
    const project_id = await world.neutron.projectId(signal);
    const groups = await listSecurityGroups(world.neutron, { project_id }, signal);
    return groups.map(({ id }) => id).sort();
  });
}

/** The aliases of Neutron's extensions: what it can do is told by these, not by a version. */
export async function extensionsOf(world: World): Promise<string[]> {
  return cached(world, "extensions", EXTENSIONS_MAX_AGE_MS, (signal) =>
    listExtensions(world.neutron.session, signal),
  );
}

/** Forgets what was read of this Neutron: the next look is fresh. */
export function forgetViews(world: World): void {
  world.store.cache.deletePrefix(`${world.endpointKey}/`);
}

/**
 * What was read at most `maxAgeMs` ago, else read anew. An agent answers with what it has, however old, and reads anew
 * after that: no pod waits for Neutron because of it, and none fails while Neutron is away.
 */
async function cached<T>(
  world: World,
  key: string,
  maxAgeMs: number,
  read: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { cache } = world.store;
  const fullKey = `${world.endpointKey}/${key}`;
  const known = cache.look<T>(fullKey);
  const refresh = async (signal: AbortSignal) => {
    const value = await read(signal);
    cache.set(fullKey, value);
    return value;
  };
  if (world.agent === undefined) {
    return known !== undefined && known.ageMs <= maxAgeMs ? known.value : refresh(world.deadline.signal);
  }
  if (known === undefined) return together(fullKey, () => refresh(world.deadline.signal));
  if (known.ageMs > maxAgeMs) {
    world.agent.later(`read ${fullKey}`, async (signal) => void (await refresh(signal)));
  }
  return known.value;
}

/** What is being read for pods of this process, by key. */
const underWay = new Map<string, Promise<unknown>>();

/** Pods that need the same at the same time read it once; what fails for the one that reads, the others try themselves. */
async function together<T>(key: string, read: () => Promise<T>): Promise<T> {
  const another = underWay.get(key);
  if (another !== undefined) return another.catch(read) as Promise<T>;
  const own = read().finally(() => underWay.delete(key));
  underWay.set(key, own);
  return own;
}

function toView(network: Network, subnets: Subnet[], dhcpResolvers: string[]): NetworkView {
  return {
    id: network.id,
    name: network.name,
    mtu: network.mtu,
    ...(network["provider:network_type"] ? { type: network["provider:network_type"] } : {}),
    ...(network["provider:physical_network"]
      ? { physicalNetwork: network["provider:physical_network"] }
      : {}),
    ...(network["provider:segmentation_id"] ? { segmentationId: network["provider:segmentation_id"] } : {}),
    ...(network.dns_domain ? { dnsDomain: network.dns_domain } : {}),
    subnets: subnets.map((subnet) => ({
      id: subnet.id,
      cidr: subnet.cidr,
      version: subnet.ip_version,
      ...(subnet.gateway_ip ? { gateway: subnet.gateway_ip } : {}),
      routes: subnet.host_routes,
      nameservers: resolversOf(subnet, dhcpResolvers),
    })),
  };
}

/** Neutron's DHCP agent answers names of pods (their `dns_name`) on its own ports. */
function resolversOf(subnet: Subnet, dhcpResolvers: string[]): string[] {
  if (subnet.dns_nameservers.length > 0 || !subnet.enable_dhcp) return subnet.dns_nameservers;
  return dhcpResolvers.filter((address) => address.includes(":") === (subnet.ip_version === 6));
}

function needsDhcpResolvers(subnets: Subnet[]): boolean {
  return subnets.some((subnet) => subnet.enable_dhcp && subnet.dns_nameservers.length === 0);
}

async function dhcpAddresses(world: World, networkId: string, signal: AbortSignal): Promise<string[]> {
  const filter = { network_id: networkId, device_owner: "network:dhcp" };
  const ports = await listPorts(world.neutron, filter, signal);
  return ports.flatMap((port) => port.fixed_ips.map(({ ip_address }) => ip_address)).sort();
}

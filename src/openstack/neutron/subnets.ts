import { hasValues, type Neutron, pathOf, queryOf } from "./client.ts";

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly project_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly dns_nameservers: string[];
  readonly host_routes: { readonly destination: string; readonly nexthop: string }[];
  readonly allocation_pools: { readonly start: string; readonly end: string }[];
  readonly ipv6_address_mode?: string | null;
  readonly ipv6_ra_mode?: string | null;
  readonly tags?: string[];
}

export interface SubnetFilter {
  readonly id?: string;
  readonly name?: string;
  readonly network_id?: string;
  readonly ip_version?: 4 | 6;
}

const FIELDS = [
  "id",
  "name",
  "network_id",
  "project_id",
  "ip_version",
  "cidr",
  "gateway_ip",
  "enable_dhcp",
  "dns_nameservers",
  "host_routes",
  "allocation_pools",
  "ipv6_address_mode",
  "ipv6_ra_mode",
  "tags",
] as const satisfies readonly (keyof Subnet)[];

export function getSubnet(neutron: Neutron, id: string, signal: AbortSignal): Promise<Subnet> {
  return neutron.get<Subnet>(pathOf("subnets", id), "subnet", signal);
}

/** The subnets that match `filter`, checked again here. */
export async function listSubnets(
  neutron: Neutron,
  filter: SubnetFilter,
  signal: AbortSignal,
): Promise<Subnet[]> {
  const subnets = await neutron.list<Subnet>("subnets", queryOf({ ...filter }, FIELDS), signal);
  return subnets.filter((subnet) => hasValues(subnet, { ...filter }));
}

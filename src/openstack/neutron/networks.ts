import { hasValues, type Neutron, pathOf, queryOf } from "./client.ts";

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  /** Bytes. */
  readonly mtu: number;
  /** Ids. */
  readonly subnets: string[];
  readonly shared: boolean;
  readonly dns_domain?: string;
  readonly port_security_enabled?: boolean;
  /** The provider attributes are hidden from users without the admin role. */
  readonly "provider:network_type"?: string | null;
  readonly "provider:physical_network"?: string | null;
  readonly "provider:segmentation_id"?: number | null;
  readonly tags?: string[];
}

export interface NetworkFilter {
  readonly id?: string;
  readonly name?: string;
  readonly project_id?: string;
}

const FIELDS = [
  "id",
  "name",
  "project_id",
  "status",
  "admin_state_up",
  "mtu",
  "subnets",
  "shared",
  "dns_domain",
  "port_security_enabled",
  "provider:network_type",
  "provider:physical_network",
  "provider:segmentation_id",
  "tags",
] as const satisfies readonly (keyof Network)[];

export function getNetwork(neutron: Neutron, id: string, signal: AbortSignal): Promise<Network> {
  return neutron.get<Network>(pathOf("networks", id), "network", signal);
}

/** The networks that match `filter`, checked again here. */
export async function listNetworks(
  neutron: Neutron,
  filter: NetworkFilter,
  signal: AbortSignal,
): Promise<Network[]> {
  const networks = await neutron.list<Network>("networks", queryOf({ ...filter }, FIELDS), signal);
  return networks.filter((network) => hasValues(network, { ...filter }));
}

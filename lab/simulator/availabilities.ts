/** /v2.0/network-ip-availabilities, for admins only. */
import type { Cloud } from "./cloud.ts";
import { networkNotFound, routeNotFound } from "./errors.ts";
import { type ApiRequest, ok, param, type Reply } from "./http.ts";
import { poolSize } from "./ipam.ts";
import type { Network, Subnet } from "./model.ts";
import { toPool } from "./subnet-ranges.ts";

export function listAvailabilities(cloud: Cloud, request: ApiRequest): Reply {
  if (!request.caller.isAdmin) return ok({ network_ip_availabilities: [] });
  const ids = request.query.getAll("network_id");
  const networks = cloud.networks.select("1 ORDER BY id", []);
  const wanted = ids.length === 0 ? networks : networks.filter((network) => ids.includes(network.id));
  return ok({ network_ip_availabilities: wanted.map((network) => availability(cloud, network)) });
}

export function showAvailability(cloud: Cloud, request: ApiRequest): Reply {
  if (!request.caller.isAdmin) throw routeNotFound();
  const id = param(request, "id");
  const network = cloud.networks.get(id);
  if (network === undefined) throw networkNotFound(id);
  return ok({ network_ip_availability: availability(cloud, network) });
}

/** Totals count the pools; used counts every address held, in the pools or not. */
function availability(cloud: Cloud, network: Network) {
  const subnets = cloud.subnets
    .select("network_id = ? ORDER BY id", [network.id])
    .map((subnet) => subnetAvailability(cloud, subnet));
  return {
    network_id: network.id,
    network_name: network.name,
    tenant_id: network.project_id,
    project_id: network.project_id,
    subnet_ip_availability: subnets,
    used_ips: subnets.reduce((sum, subnet) => sum + subnet.used_ips, 0),
    total_ips: subnets.reduce((sum, subnet) => sum + subnet.total_ips, 0),
  };
}

function subnetAvailability(cloud: Cloud, subnet: Subnet) {
  const row = cloud.sql("SELECT COUNT(*) AS n FROM allocations WHERE subnet_id = ?").get(subnet.id);
  return {
    subnet_id: subnet.id,
    ip_version: subnet.ip_version,
    cidr: subnet.cidr,
    subnet_name: subnet.name,
    used_ips: (row as { n: number }).n,
    total_ips: Number(poolSize(subnet.allocation_pools.map(toPool))),
  };
}

/** /v2.0/subnets: ranges, gateway and pools are worked out by ipam.ts. */
import {
  type Attributes,
  anyList,
  boolean,
  type Item,
  integer,
  list,
  nullable,
  oneOf,
  type Parse,
  readOnly,
  repr,
  standardAttributes,
  text,
  uuid,
} from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import * as errors from "./errors.ts";
import { type ApiRequest, noContent, ok, type Reply } from "./http.ts";
import { type Cidr, formatCidr, overlap, parseAddress, parseCidr } from "./ipam.ts";
import type { Subnet } from "./model.ts";
import { networkType } from "./networks.ts";
import {
  createAll,
  differences,
  findById,
  prepareDelete,
  prepareUpdate,
  type ResourceType,
} from "./resource.ts";
import { chooseGateway, choosePools, type PoolText, parsePools } from "./subnet-ranges.ts";
import { deleteTags, tagFilters } from "./tags.ts";

const IPV6_MODES = [null, "dhcpv6-stateful", "dhcpv6-stateless", "slaac"];

const cidrText: Parse = (value) => {
  const cidr = typeof value === "string" ? parseCidr(value) : undefined;
  if (cidr === undefined) throw errors.invalidInput(`${String(value)} is not in a CIDR format`);
  return formatCidr(cidr);
};

const addressOrNull = nullable((value, name) => {
  if (typeof value === "string" && parseAddress(value) !== undefined) return value;
  throw errors.invalidAttribute(name, `'${String(value)}' is not a valid IP address`);
});

const nameservers: Parse = (value, name) => {
  const bad = list(name, value).find((entry) => parseAddress(String(entry)) === undefined);
  if (bad === undefined) return value;
  const reason = `'${String(bad)}' is not a valid nameserver. '${String(bad)}' is not a valid IP address`;
  throw errors.invalidAttribute(name, reason);
};

const hostRoutes: Parse = (value, name) => {
  for (const route of list(name, value) as Item[]) {
    if (!String(route.destination).includes("/") || parseCidr(String(route.destination)) === undefined) {
      throw errors.invalidAttribute(name, `${repr(route.destination)} is not a valid CIDR`);
    }
    if (parseAddress(String(route.nexthop)) === undefined) {
      throw errors.invalidAttribute(name, `${repr(route.nexthop)} is not a valid IP address`);
    }
  }
  return value;
};

const attributes: Attributes = {
  ...standardAttributes,
  network_id: { access: "create", parse: uuid, required: true },
  ip_version: {
    access: "create",
    parse: (value, name) => oneOf([4, 6])(integer(value, name), name),
    required: true,
  },
  name: { access: "both", parse: text(255), fallback: "" },
  cidr: { access: "create", parse: cidrText },
  gateway_ip: { access: "both", parse: addressOrNull },
  allocation_pools: { access: "both", parse: parsePools },
  enable_dhcp: { access: "both", parse: boolean, fallback: true },
  ipv6_ra_mode: { access: "create", parse: oneOf(IPV6_MODES), fallback: null },
  ipv6_address_mode: { access: "create", parse: oneOf(IPV6_MODES), fallback: null },
  host_routes: { access: "both", parse: hostRoutes, fallback: [] },
  dns_nameservers: { access: "both", parse: nameservers, fallback: [] },
  service_types: { access: "both", parse: anyList, fallback: [] },
  tags: readOnly,
};

export const subnetType: ResourceType<Subnet> = {
  singular: "subnet",
  collection: "subnets",
  table: (cloud) => cloud.subnets,
  attributes,
  filters: {
    id: "column",
    name: "column",
    project_id: "column",
    network_id: "column",
    ip_version: "column",
    cidr: "column",
    gateway_ip: "column",
    enable_dhcp: "column",
    description: "column",
    revision_number: "column",
    ...tagFilters,
  },
  visibleToAll: `network_id IN (SELECT id FROM networks WHERE shared = 1 OR "router:external" = 1)`,
  notFound: errors.subnetNotFound,
  present: (_cloud, row) => ({ ...row, tenant_id: row.project_id, subnetpool_id: null, segment_id: null }),
};

export function createSubnet(cloud: Cloud, request: ApiRequest): Reply {
  return createAll(cloud, subnetType, request, (item) => {
    const network = findById(cloud, networkType, String(item.network_id), request.caller);
    const cidr = checkedCidr(item);
    const gateway = chooseGateway(cidr, item.gateway_ip as string | null | undefined);
    const pools = choosePools(cidr, gateway, item.allocation_pools as PoolText[] | undefined);
    refuseOverlap(cloud, network.id, cidr);
    const row = cloud.subnets.insert({
      ...(item as unknown as Subnet),
      gateway_ip: gateway,
      allocation_pools: pools,
      revision_number: 0,
    });
    cloud.networks.update(network.id, {});
    return row;
  });
}

export function updateSubnet(cloud: Cloud, request: ApiRequest): Reply {
  const { row, changes } = prepareUpdate(cloud, subnetType, request);
  const cidr = parseCidr(row.cidr);
  if (cidr === undefined) throw new Error(`subnet ${row.id} holds the CIDR ${row.cidr}`);
  const gateway = changes.gateway_ip === undefined ? row.gateway_ip : (changes.gateway_ip as string | null);
  if (changes.allocation_pools !== undefined || changes.gateway_ip !== undefined) {
    const pools = (changes.allocation_pools ?? row.allocation_pools) as PoolText[];
    changes.gateway_ip = chooseGateway(cidr, gateway);
    changes.allocation_pools = choosePools(cidr, gateway, pools);
  }
  cloud.subnets.update(row.id, differences(row, changes));
  const updated = cloud.subnets.get(row.id) ?? row;
  return ok({ subnet: subnetType.present(cloud, updated, request.caller) });
}

export function deleteSubnet(cloud: Cloud, request: ApiRequest): Reply {
  const subnet = prepareDelete(cloud, subnetType, request);
  const held = cloud.sql("SELECT 1 FROM allocations WHERE subnet_id = ? LIMIT 1").get(subnet.id);
  if (held !== null) throw errors.subnetInUse(subnet.id);
  cloud.db.transaction(() => {
    deleteTags(cloud, subnet.id);
    cloud.subnets.delete(subnet.id);
    cloud.networks.update(subnet.network_id, {});
  })();
  return noContent();
}

function checkedCidr(item: Item): Cidr {
  if (item.cidr === undefined) {
    throw errors.badResource("subnets", "a subnetpool must be specified in the absence of a cidr");
  }
  const cidr = parseCidr(String(item.cidr));
  if (cidr === undefined) throw errors.invalidInput(`${item.cidr} is not in a CIDR format`);
  if (cidr.version !== item.ip_version) {
    throw errors.invalidInput(`cidr '${item.cidr}' does not match the ip_version '${item.ip_version}'`);
  }
  if (cidr.prefix === 0) throw errors.invalidInput("0 is not allowed as CIDR prefix length");
  const tooSmall = cidr.version === 4 ? cidr.prefix > 30 : cidr.prefix > 126;
  if (item.enable_dhcp === true && tooSmall) {
    throw errors.invalidInput("Subnet has a prefix length that is incompatible with DHCP service enabled");
  }
  return cidr;
}

function refuseOverlap(cloud: Cloud, networkId: string, cidr: Cidr): void {
  for (const other of cloud.subnets.select("network_id = ?", [networkId])) {
    const range = parseCidr(other.cidr);
    if (range === undefined || range.version !== cidr.version || !overlap(range, cidr)) continue;
    throw errors.invalidInput(
      `Requested subnet with cidr: ${formatCidr(cidr)} for network: ${networkId} overlaps with another subnet`,
    );
  }
}

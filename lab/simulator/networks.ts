/** /v2.0/networks */
import {
  type Attributes,
  boolean,
  type Item,
  integer,
  nullable,
  readOnly,
  standardAttributes,
  text,
} from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { invalidInput, networkInUse, networkNotFound } from "./errors.ts";
import { type ApiRequest, noContent, ok, type Reply } from "./http.ts";
import type { Network } from "./model.ts";
import { adminOnly } from "./policy.ts";
import { chooseSegment, type SegmentRequest } from "./provider.ts";
import { createAll, differences, prepareDelete, prepareUpdate, type ResourceType } from "./resource.ts";
import { ensureDefaultGroup } from "./security-groups.ts";
import { deleteTags, tagFilters } from "./tags.ts";

const attributes: Attributes = {
  ...standardAttributes,
  name: { access: "both", parse: text(255), fallback: "" },
  admin_state_up: { access: "both", parse: boolean, fallback: true },
  shared: { access: "both", parse: boolean, fallback: false },
  mtu: { access: "both", parse: integer },
  port_security_enabled: { access: "both", parse: boolean, fallback: true },
  dns_domain: { access: "both", parse: text(255), fallback: "" },
  "router:external": { access: "both", parse: boolean, fallback: false },
  "provider:network_type": { access: "create", parse: text(32) },
  "provider:physical_network": { access: "create", parse: nullable(text(64)) },
  "provider:segmentation_id": { access: "create", parse: nullable(integer) },
  status: readOnly,
  subnets: readOnly,
  tags: readOnly,
};

/** What only admins see and set (policy create_network:*, get_network:provider:*). */
const PROVIDER = ["provider:network_type", "provider:physical_network", "provider:segmentation_id"] as const;
const ADMIN_ATTRIBUTES = ["shared", "router:external", ...PROVIDER];

export const networkType: ResourceType<Network> = {
  singular: "network",
  collection: "networks",
  table: (cloud) => cloud.networks,
  attributes,
  filters: {
    id: "column",
    name: "column",
    project_id: "column",
    status: "column",
    admin_state_up: "column",
    shared: "column",
    mtu: "column",
    "router:external": "column",
    "provider:network_type": "column",
    "provider:physical_network": "column",
    "provider:segmentation_id": "column",
    description: "column",
    revision_number: "column",
    ...tagFilters,
  },
  visibleToAll: `shared = 1 OR "router:external" = 1`,
  notFound: networkNotFound,
  present: (_cloud, row, caller) => {
    const shown: Item = {
      ...row,
      tenant_id: row.project_id,
      availability_zone_hints: [],
      availability_zones: [],
      ipv4_address_scope: null,
      ipv6_address_scope: null,
      l2_adjacency: true,
      qos_policy_id: null,
    };
    if (!caller.isAdmin) for (const name of PROVIDER) delete shown[name];
    return shown;
  },
};

export function createNetwork(cloud: Cloud, request: ApiRequest): Reply {
  return createAll(cloud, networkType, request, (item) => {
    adminOnly(request.caller, "network", "create", item, attributes, ADMIN_ATTRIBUTES);
    const segment = chooseSegment(cloud, item as SegmentRequest);
    const mtu = chooseMtu(item.mtu as number | undefined, segment.maxMtu);
    ensureDefaultGroup(cloud, String(item.project_id));
    const { maxMtu: _, ...provider } = segment;
    return cloud.networks.insert({ ...(item as unknown as Network), ...provider, mtu, status: "ACTIVE" });
  });
}

export function updateNetwork(cloud: Cloud, request: ApiRequest): Reply {
  const { row, changes } = prepareUpdate(cloud, networkType, request);
  adminOnly(request.caller, "network", "update", changes, attributes, ADMIN_ATTRIBUTES);
  if (changes.mtu !== undefined) {
    changes.mtu = chooseMtu(changes.mtu as number, row["provider:network_type"] === "vxlan" ? 1450 : 1500);
  }
  cloud.networks.update(row.id, differences(row, changes));
  const updated = cloud.networks.get(row.id) ?? row;
  return ok({ network: networkType.present(cloud, updated, request.caller) });
}

/** Subnets go with their network; ports keep it. */
export function deleteNetwork(cloud: Cloud, request: ApiRequest): Reply {
  const network = prepareDelete(cloud, networkType, request);
  const ports = cloud.ports.ids("network_id = ?", [network.id]);
  if (ports.length > 0) throw networkInUse(network.id, ports);
  cloud.db.transaction(() => {
    for (const subnet of network.subnets) {
      deleteTags(cloud, subnet);
      cloud.subnets.delete(subnet);
    }
    deleteTags(cloud, network.id);
    cloud.networks.delete(network.id);
  })();
  return noContent();
}

function chooseMtu(wanted: number | undefined, maximum: number): number {
  if (wanted === undefined || wanted === 0) return maximum;
  if (wanted > maximum) throw invalidInput(`Requested MTU is too big, maximum is ${maximum}`);
  return wanted;
}

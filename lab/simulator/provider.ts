/** The provider attributes of a new network: which kind of segment, on which physical network, with which id. */

import type { Item } from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { type ApiError, flatNetworkInUse, invalidInput, tunnelIdInUse, vlanIdInUse } from "./errors.ts";

export interface SegmentRequest extends Item {
  "provider:network_type"?: string;
  "provider:physical_network"?: string | null;
  "provider:segmentation_id"?: number | null;
}

export interface Segment {
  "provider:network_type": string;
  "provider:physical_network": string | null;
  "provider:segmentation_id": number | null;
  /** Bytes that fit into a frame of this segment. */
  maxMtu: number;
}

const PHYSICAL_NETWORKS = ["physnet1", "ext"];
const PHYSICAL_MTU = 1500;
const VXLAN_OVERHEAD = 50;
/** The ids Neutron gives out by itself; others may be asked for. */
const VLAN_RANGE = { first: 100, last: 199 };
const VNI_RANGE = { first: 1000, last: 1999 };

/** @throws ApiError 400 for what cannot be, 409 for what is taken */
export function chooseSegment(cloud: Cloud, item: SegmentRequest): Segment {
  const kind = item["provider:network_type"] ?? "vxlan";
  const physical = item["provider:physical_network"] ?? null;
  const id = item["provider:segmentation_id"] ?? null;
  switch (kind) {
    case "local":
      return segment(kind, null, null, PHYSICAL_MTU);
    case "flat":
      return flat(cloud, physical);
    case "vlan":
      return vlan(cloud, physical ?? "physnet1", id);
    case "vxlan":
      return vxlan(cloud, id);
    default:
      throw invalidInput(`network_type value '${kind}' not supported`);
  }
}

function flat(cloud: Cloud, physical: string | null): Segment {
  if (physical === null) throw invalidInput("physical_network required for flat provider network");
  requirePhysical(physical, "flat");
  if (inUse(cloud, "flat", physical, null)) throw flatNetworkInUse(physical);
  return segment("flat", physical, null, PHYSICAL_MTU);
}

function vlan(cloud: Cloud, physical: string, id: number | null): Segment {
  requirePhysical(physical, "VLAN");
  if (id !== null && (id < 1 || id > 4094))
    throw invalidInput("segmentation_id out of range (1 through 4094)");
  const tag = take(
    id,
    VLAN_RANGE,
    (value) => inUse(cloud, "vlan", physical, value),
    (value) => vlanIdInUse(value, physical),
  );
  return segment("vlan", physical, tag, PHYSICAL_MTU);
}

function vxlan(cloud: Cloud, id: number | null): Segment {
  const vni = take(id, VNI_RANGE, (value) => inUse(cloud, "vxlan", null, value), tunnelIdInUse);
  return segment("vxlan", null, vni, PHYSICAL_MTU - VXLAN_OVERHEAD);
}

function segment(kind: string, physical: string | null, id: number | null, maxMtu: number): Segment {
  return {
    "provider:network_type": kind,
    "provider:physical_network": physical,
    "provider:segmentation_id": id,
    maxMtu,
  };
}

function requirePhysical(physical: string, label: string): void {
  if (PHYSICAL_NETWORKS.includes(physical)) return;
  throw invalidInput(`physical_network '${physical}' unknown for ${label} provider network`);
}

function take(
  wanted: number | null,
  range: { first: number; last: number },
  isTaken: (value: number) => boolean,
  taken: (value: number) => ApiError,
): number {
  if (wanted !== null) {
    if (isTaken(wanted)) throw taken(wanted);
    return wanted;
  }
  for (let value = range.first; value <= range.last; value += 1) if (!isTaken(value)) return value;
  throw taken(range.last);
}

function inUse(cloud: Cloud, kind: string, physical: string | null, id: number | null): boolean {
  const where =
    '"provider:network_type" = ? AND "provider:physical_network" IS ? AND "provider:segmentation_id" IS ?';
  return cloud.networks.count(where, [kind, physical, id]) > 0;
}

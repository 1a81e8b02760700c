import { hasValues, type Query, queryOf } from "./client.ts";

/** A port, with the attributes that are used here; Neutron's names. */
export interface Port {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly project_id: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  /** ACTIVE, DOWN, BUILD or ERROR. */
  readonly status: string;
  readonly device_id: string;
  readonly device_owner: string;
  readonly fixed_ips: { readonly subnet_id: string; readonly ip_address: string }[];
  readonly security_groups: string[];
  /** Moves with every change, those that Neutron's agents report included: a port that became ACTIVE has a higher one. */
  readonly revision_number: number;
  /** Free text, at most 255 characters. */
  readonly description?: string;
  readonly tags?: string[];
  readonly dns_name?: string;
  readonly port_security_enabled?: boolean;
  /** Addresses beside its own that the port may send from. */
  readonly allowed_address_pairs?: readonly { readonly ip_address: string; readonly mac_address?: string }[];
  /** Neutron's policy hides the binding from users who are neither admin nor service. */
  readonly "binding:host_id"?: string;
  /** `unbound` until Neutron has bound it, `binding_failed` when no agent or chassis can, else `bridge`, `ovs`, … */
  readonly "binding:vif_type"?: string;
  readonly "binding:vif_details"?: Readonly<Record<string, unknown>>;
  readonly "binding:profile"?: Readonly<Record<string, unknown>>;
}

/** An address wish: an address, a subnet to take one from, or an address in a subnet. */
export interface FixedIpDraft {
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

/** What may be changed on a port. */
export interface PortUpdate {
  readonly name?: string;
  readonly description?: string;
  readonly admin_state_up?: boolean;
  readonly device_id?: string;
  readonly device_owner?: string;
  readonly fixed_ips?: readonly FixedIpDraft[];
  readonly security_groups?: readonly string[];
  readonly mac_address?: string;
  readonly dns_name?: string;
  readonly port_security_enabled?: boolean;
  readonly "binding:host_id"?: string;
  readonly "binding:profile"?: Readonly<Record<string, unknown>>;
}

/** A port to be made. */
export interface PortDraft extends PortUpdate {
  readonly network_id: string;
  /** Tells this port from all others: by it a port is found whose creation was never answered. Not empty. */
  readonly device_id: string;
  readonly project_id?: string;
  readonly tags?: readonly string[];
}

/** Ports to look for; all conditions hold. */
export interface PortFilter {
  readonly id?: string;
  /** One of these; an empty list finds nothing. */
  readonly ids?: readonly string[];
  /** The same of `device_id`. */
  readonly device_ids?: readonly string[];
  readonly name?: string;
  readonly network_id?: string;
  readonly project_id?: string;
  readonly device_id?: string;
  readonly device_owner?: string;
  readonly mac_address?: string;
  readonly status?: string;
  readonly "binding:host_id"?: string;
  /** One of the port's addresses. */
  readonly fixed_ip?: string;
  /** The subnet of one of the port's addresses; together with `fixed_ip`, of that one. */
  readonly subnet_id?: string;
  /** The port has all of these. */
  readonly tags?: readonly string[];
}

/** All attributes of {@link Port}. */
export const PORT_FIELDS = [
  "id",
  "name",
  "network_id",
  "project_id",
  "mac_address",
  "admin_state_up",
  "status",
  "device_id",
  "device_owner",
  "fixed_ips",
  "security_groups",
  "revision_number",
  "description",
  "tags",
  "dns_name",
  "port_security_enabled",
  "allowed_address_pairs",
  "binding:host_id",
  "binding:vif_type",
  "binding:vif_details",
  "binding:profile",
] as const satisfies readonly (keyof Port)[];

/** The query for `filter` and those attributes of the ports that are wanted; `tags=a,b` means both. */
export function portQuery(filter: PortFilter, fields: readonly (keyof Port)[] = PORT_FIELDS): Query {
  const { ids = [], device_ids = [], fixed_ip, subnet_id, tags, mac_address, ...plain } = filter;
  return [
    ...ids.map((id) => ["id", id] as const),
    ...device_ids.map((id) => ["device_id", id] as const),
    ...(fixed_ip === undefined ? [] : [["fixed_ips", `ip_address=${canonicalIp(fixed_ip)}`] as const]),
    ...(subnet_id === undefined ? [] : [["fixed_ips", `subnet_id=${subnet_id}`] as const]),
    ...(tags === undefined || tags.length === 0 ? [] : [["tags", tags.join(",")] as const]),
    ...queryOf({ ...plain, mac_address: mac_address?.toLowerCase() }, fields),
  ];
}

/** The attributes that {@link matchesPort} looks at. */
export function fieldsOf(filter: PortFilter): (keyof Port)[] {
  const { ids, device_ids, fixed_ip, subnet_id, ...plain } = filter;
  return [
    ...(ids === undefined ? [] : (["id"] as const)),
    ...(device_ids === undefined ? [] : (["device_id"] as const)),
    ...(fixed_ip === undefined && subnet_id === undefined ? [] : (["fixed_ips"] as const)),
    ...(Object.keys(plain) as (keyof typeof plain)[]),
  ];
}

/** Whether Neutron's answer really matches `filter`. */
export function matchesPort(port: Port, filter: PortFilter): boolean {
  const { ids, device_ids, fixed_ip, subnet_id, tags, mac_address, ...plain } = filter;
  const wantsAddress = fixed_ip !== undefined || subnet_id !== undefined;
  const address = fixed_ip === undefined ? undefined : canonicalIp(fixed_ip);
  return (
    hasValues(port, { ...plain, mac_address: mac_address?.toLowerCase() }) &&
    (ids === undefined || ids.includes(port.id)) &&
    (device_ids === undefined || device_ids.includes(port.device_id)) &&
    hasTags(port, tags ?? []) &&
    (!wantsAddress || port.fixed_ips.some((ip) => hasValues(ip, { ip_address: address, subnet_id })))
  );
}

/** Whether a port has all of `tags`. */
export function hasTags(port: Port, tags: readonly string[]): boolean {
  return tags.every((tag) => port.tags?.includes(tag) === true);
}

/** An address as Neutron stores it: IPv6 in its shortest form (RFC 5952), which is how URLs write it, too. */
function canonicalIp(address: string): string {
  if (!address.includes(":") || !URL.canParse(`http://[${address}]`)) return address;
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

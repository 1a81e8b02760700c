/** /v2.0/ports: what a port looks like and how it is deleted; making and changing ones are files of their own. */

import { parseFixedIps } from "./address-wishes.ts";
import {
  type Attributes,
  anyList,
  boolean,
  type Item,
  nullable,
  oneOf,
  type Parse,
  readOnly,
  repr,
  standardAttributes,
  text,
  uuid,
  uuidList,
} from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { hasExtension } from "./cloud.ts";
import { dnsAssignment, parseDnsName } from "./dns.ts";
import { invalidAttribute, invalidInput, portNotFound, servicePortInUse } from "./errors.ts";
import { release } from "./fixed-ips.ts";
import { type ApiRequest, noContent, type Reply } from "./http.ts";
import type { Port } from "./model.ts";
import { type Condition, prepareDelete, type ResourceType } from "./resource.ts";
import { deleteTags, parseTags, tagFilters } from "./tags.ts";

const VNIC_TYPES = [
  "normal",
  "direct",
  "macvtap",
  "baremetal",
  "direct-physical",
  "virtio-forwarder",
  "smart-nic",
];

/** What a port of these owners may only be deleted through: the router. */
const ROUTER_OWNERS = ["network:router_interface", "network:router_gateway", "network:floatingip"];

const mac: Parse = (value, name) => {
  const valid = typeof value === "string" && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value);
  if (valid && value !== "00:00:00:00:00:00") return value;
  throw invalidAttribute(name, `'${String(value)}' is not a valid MAC address`);
};

const object: Parse = (value, name) => {
  if (value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw invalidAttribute(name, `'${String(value)}' is not a dictionary`);
};

export const portAttributes: Attributes = {
  ...standardAttributes,
  network_id: { access: "create", parse: uuid, required: true },
  name: { access: "both", parse: text(255), fallback: "" },
  admin_state_up: { access: "both", parse: boolean, fallback: true },
  mac_address: { access: "both", parse: mac },
  fixed_ips: { access: "both", parse: parseFixedIps },
  device_id: { access: "both", parse: text(255), fallback: "" },
  device_owner: { access: "both", parse: text(255), fallback: "" },
  security_groups: { access: "both", parse: nullable(uuidList) },
  port_security_enabled: { access: "both", parse: boolean },
  allowed_address_pairs: { access: "both", parse: anyList, fallback: [] },
  extra_dhcp_opts: { access: "both", parse: anyList, fallback: [] },
  "binding:host_id": { access: "both", parse: (value) => value ?? "" },
  "binding:vnic_type": { access: "both", parse: oneOf(VNIC_TYPES), fallback: "normal" },
  "binding:profile": { access: "both", parse: object },
  dns_name: { access: "both", parse: parseDnsName, fallback: "" },
  dns_domain: { access: "both", parse: text(255), fallback: "" },
  tags: { access: "create", parse: parseTags },
  status: readOnly,
  "binding:vif_type": readOnly,
  "binding:vif_details": readOnly,
};

/** What only admins may set and see (policy create_port:binding:*, get_port:binding:*). */
export const PORT_ADMIN_ATTRIBUTES = ["binding:host_id", "binding:profile"];
const ADMIN_SEES = [...PORT_ADMIN_ATTRIBUTES, "binding:vif_type", "binding:vif_details"];

export const portType: ResourceType<Port> = {
  singular: "port",
  collection: "ports",
  table: (cloud) => cloud.ports,
  attributes: portAttributes,
  filters: {
    id: "column",
    name: "column",
    network_id: "column",
    project_id: "column",
    admin_state_up: "column",
    mac_address: "column",
    device_id: "column",
    device_owner: "column",
    status: "column",
    "binding:host_id": "column",
    ip_allocation: "column",
    description: "column",
    revision_number: "column",
    fixed_ips: filterFixedIps,
    security_groups: (values) => ({
      sql: `id IN (SELECT port_id FROM port_security_groups WHERE security_group_id IN (${values.map(() => "?").join(", ")}))`,
      bindings: values,
    }),
    ...tagFilters,
  },
  notFound: portNotFound,
  present: (_cloud, row, caller) => {
    const shown: Item = {
      ...row,
      tenant_id: row.project_id,
      dns_assignment: dnsAssignment(row.dns_name, row.fixed_ips),
      qos_policy_id: null,
      qos_network_policy_id: null,
      resource_request: null,
    };
    if (!caller.isAdmin) for (const name of [...ADMIN_SEES, "resource_request"]) delete shown[name];
    return shown;
  },
};

/** Without the ML2 extension driver that brings the alias, Neutron 21 takes `tags` in a body and drops them. */
export function acceptsTags(cloud: Cloud): boolean {
  return hasExtension(cloud, "tag-ports-during-bulk-creation");
}

export function deletePort(cloud: Cloud, request: ApiRequest): Reply {
  const port = prepareDelete(cloud, portType, request);
  if (ROUTER_OWNERS.includes(port.device_owner)) throw servicePortInUse(port.id, port.device_owner);
  cloud.db.transaction(() => removePort(cloud, port.id))();
  return noContent();
}

export function removePort(cloud: Cloud, id: string): void {
  release(cloud, id);
  cloud.sql("DELETE FROM port_security_groups WHERE port_id = ?").run(id);
  deleteTags(cloud, id);
  cloud.ports.delete(id);
}

export function storeGroups(cloud: Cloud, portId: string, groups: readonly string[]): void {
  cloud.sql("DELETE FROM port_security_groups WHERE port_id = ?").run(portId);
  const insert = cloud.sql("INSERT INTO port_security_groups (port_id, security_group_id) VALUES (?, ?)");
  for (const group of groups) insert.run(portId, group);
}

/** `fixed_ips=ip_address=…`, `=subnet_id=…`, `=ip_address_substr=…`: values of one key OR-ed, the keys AND-ed. */
function filterFixedIps(values: string[]): Condition {
  const byKey = new Map<string, string[]>();
  for (const value of values) {
    const at = value.indexOf("=");
    if (at < 0) throw invalidInput(`${repr(value)} is not of the form <key>=[value]`);
    const key = value.slice(0, at);
    byKey.set(key, [...(byKey.get(key) ?? []), value.slice(at + 1)]);
  }
  const parts: string[] = [];
  const bindings: string[] = [];
  for (const [key, wanted] of byKey) {
    const match = FIXED_IP_KEYS[key];
    if (match === undefined) continue;
    const alternatives = wanted.map(() => match).join(" OR ");
    parts.push(`id IN (SELECT port_id FROM allocations WHERE ${alternatives})`);
    bindings.push(...wanted);
  }
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), bindings };
}

const FIXED_IP_KEYS: Readonly<Record<string, string>> = {
  ip_address: "ip_address = ?",
  subnet_id: "subnet_id = ?",
  ip_address_substr: "instr(ip_address, ?) > 0",
};

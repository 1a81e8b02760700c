/** /v2.0/security-group-rules */
import {
  type Attributes,
  type Item,
  integer,
  nullable,
  oneOf,
  standardAttributes,
  text,
  uuid,
} from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import {
  ApiError,
  ethertypeConflict,
  invalidPortRange,
  protocolRequiredWithPorts,
  securityGroupNotFound,
  securityGroupRuleExists,
  securityGroupRuleNotFound,
} from "./errors.ts";
import { type ApiRequest, noContent, type Reply } from "./http.ts";
import { formatCidr, parseCidr } from "./ipam.ts";
import type { SecurityGroupRule } from "./model.ts";
import { createAll, prepareDelete, type ResourceType } from "./resource.ts";
import type { Binding } from "./table.ts";

const PROTOCOLS = [
  "ah",
  "dccp",
  "egp",
  "esp",
  "gre",
  "icmp",
  "igmp",
  "ipv6-encap",
  "ipv6-frag",
  "ipv6-icmp",
].concat([
  ...[
    "icmpv6",
    "ipv6-nonxt",
    "ipv6-opts",
    "ipv6-route",
    "ospf",
    "pgm",
    "rsvp",
    "sctp",
    "tcp",
    "udp",
    "udplite",
  ],
  "vrrp",
]);

const attributes: Attributes = {
  ...standardAttributes,
  security_group_id: { access: "create", parse: uuid, required: true },
  direction: { access: "create", parse: oneOf(["ingress", "egress"]), required: true },
  ethertype: { access: "create", parse: oneOf(["IPv4", "IPv6"]), fallback: "IPv4" },
  protocol: { access: "create", parse: nullable(protocol), fallback: null },
  port_range_min: { access: "create", parse: nullable(integer), fallback: null },
  port_range_max: { access: "create", parse: nullable(integer), fallback: null },
  remote_ip_prefix: { access: "create", parse: nullable(text(255)), fallback: null },
  remote_group_id: { access: "create", parse: nullable(uuid), fallback: null },
};

export const securityGroupRuleType: ResourceType<SecurityGroupRule> = {
  singular: "security_group_rule",
  collection: "security_group_rules",
  table: (cloud) => cloud.securityGroupRules,
  attributes,
  filters: {
    id: "column",
    project_id: "column",
    security_group_id: "column",
    remote_group_id: "column",
    direction: "column",
    protocol: "column",
    ethertype: "column",
    remote_ip_prefix: "column",
    port_range_min: "column",
    port_range_max: "column",
    description: "column",
    revision_number: "column",
  },
  notFound: securityGroupRuleNotFound,
  present: (_cloud, row) => presentRule(row),
};

export function presentRule(row: SecurityGroupRule): Item {
  const prefix = row.remote_ip_prefix === null ? undefined : parseCidr(row.remote_ip_prefix);
  return {
    ...row,
    tenant_id: row.project_id,
    normalized_cidr: prefix === undefined ? null : formatCidr(prefix),
    remote_address_group_id: null,
  };
}

export function createSecurityGroupRule(cloud: Cloud, request: ApiRequest): Reply {
  return createAll(cloud, securityGroupRuleType, request, (item) => {
    const rule = item as unknown as SecurityGroupRule;
    for (const id of [rule.security_group_id, rule.remote_group_id]) {
      if (id !== null && cloud.securityGroups.get(id) === undefined) throw securityGroupNotFound(id);
    }
    if (rule.ethertype === "IPv6" && rule.protocol === "icmp") rule.protocol = "ipv6-icmp";
    checkPorts(rule);
    checkPrefix(rule);
    const same = findSame(cloud, rule);
    if (same !== undefined) throw securityGroupRuleExists(same);
    const row = insertRule(cloud, rule);
    cloud.securityGroups.update(rule.security_group_id, {});
    return row;
  });
}

export function deleteSecurityGroupRule(cloud: Cloud, request: ApiRequest): Reply {
  const rule = prepareDelete(cloud, securityGroupRuleType, request);
  cloud.db.transaction(() => {
    cloud.securityGroupRules.delete(rule.id);
    cloud.securityGroups.update(rule.security_group_id, {});
  })();
  return noContent();
}

type NewRule = Partial<SecurityGroupRule> &
  Pick<SecurityGroupRule, "project_id" | "security_group_id" | "direction" | "ethertype">;

export function insertRule(cloud: Cloud, rule: NewRule): SecurityGroupRule {
  return cloud.securityGroupRules.insert({
    protocol: null,
    port_range_min: null,
    port_range_max: null,
    remote_ip_prefix: null,
    remote_group_id: null,
    revision_number: 0,
    ...rule,
  });
}

function protocol(value: unknown): unknown {
  const name = String(value).toLowerCase();
  if (PROTOCOLS.includes(name) || (/^\d+$/.test(name) && Number(name) <= 255)) return name;
  throw new ApiError(
    400,
    "SecurityGroupRuleInvalidProtocol",
    `Security group rule protocol ${String(value)} not supported.`,
  );
}

function checkPorts(rule: SecurityGroupRule): void {
  const { port_range_min: min, port_range_max: max } = rule;
  if (min === null && max === null) return;
  if (rule.protocol === null) throw protocolRequiredWithPorts();
  if (!["tcp", "udp", "sctp", "dccp", "udplite"].includes(rule.protocol)) return;
  if (min === null || max === null || min > max) throw invalidPortRange();
}

function checkPrefix(rule: SecurityGroupRule): void {
  if (rule.remote_ip_prefix === null) return;
  const version = parseCidr(rule.remote_ip_prefix)?.version;
  if (version !== undefined && rule.ethertype === `IPv${version}`) return;
  throw ethertypeConflict(rule.ethertype, rule.remote_ip_prefix);
}

function findSame(cloud: Cloud, rule: SecurityGroupRule): string | undefined {
  const names = [
    "security_group_id",
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
  ] as const;
  const all = [...names, "remote_ip_prefix", "remote_group_id"] as const;
  const bindings: Binding[] = all.map((name) => rule[name]);
  return cloud.securityGroupRules.ids(all.map((name) => `${name} IS ?`).join(" AND "), bindings)[0];
}

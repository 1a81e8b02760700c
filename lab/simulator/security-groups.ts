/** /v2.0/security-groups: every project has one named `default`, made when it is first needed. */
import { type Attributes, boolean, readOnly, standardAttributes, text } from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { defaultSecurityGroupExists, securityGroupInUse, securityGroupNotFound } from "./errors.ts";
import { type ApiRequest, noContent, ok, type Reply } from "./http.ts";
import { list } from "./listing.ts";
import type { SecurityGroup } from "./model.ts";
import { createAll, differences, prepareDelete, prepareUpdate, type ResourceType } from "./resource.ts";
import { insertRule, presentRule } from "./security-group-rules.ts";
import { deleteTags, tagFilters } from "./tags.ts";

const attributes: Attributes = {
  ...standardAttributes,
  name: { access: "both", parse: text(255), fallback: "" },
  stateful: { access: "both", parse: boolean, fallback: true },
  security_group_rules: readOnly,
  shared: readOnly,
  tags: readOnly,
};

export const securityGroupType: ResourceType<SecurityGroup> = {
  singular: "security_group",
  collection: "security_groups",
  table: (cloud) => cloud.securityGroups,
  attributes,
  filters: {
    id: "column",
    name: "column",
    project_id: "column",
    description: "column",
    revision_number: "column",
    ...tagFilters,
  },
  notFound: securityGroupNotFound,
  present: (cloud, row) => ({
    ...row,
    tenant_id: row.project_id,
    shared: false,
    security_group_rules: cloud.securityGroupRules
      .select("security_group_id = ? ORDER BY id", [row.id])
      .map((rule) => presentRule(rule)),
  }),
};

export function listSecurityGroups(cloud: Cloud, request: ApiRequest): Reply {
  ensureDefaultGroup(cloud, request.caller.projectId);
  return list(cloud, securityGroupType, request);
}

export function createSecurityGroup(cloud: Cloud, request: ApiRequest): Reply {
  return createAll(cloud, securityGroupType, request, (item) => {
    ensureDefaultGroup(cloud, String(item.project_id));
    if (item.name === "default") throw defaultSecurityGroupExists();
    return insertGroup(cloud, item as unknown as SecurityGroup);
  });
}

export function updateSecurityGroup(cloud: Cloud, request: ApiRequest): Reply {
  const { row, changes } = prepareUpdate(cloud, securityGroupType, request);
  cloud.securityGroups.update(row.id, differences(row, changes));
  const updated = cloud.securityGroups.get(row.id) ?? row;
  return ok({ security_group: securityGroupType.present(cloud, updated, request.caller) });
}

export function deleteSecurityGroup(cloud: Cloud, request: ApiRequest): Reply {
  const group = prepareDelete(cloud, securityGroupType, request);
  const used = cloud
    .sql("SELECT 1 FROM port_security_groups WHERE security_group_id = ? LIMIT 1")
    .get(group.id);
  if (used !== null) throw securityGroupInUse(group.id);
  cloud.db.transaction(() => {
    const rules = cloud.securityGroupRules.ids("security_group_id = ?1 OR remote_group_id = ?1", [group.id]);
    for (const rule of rules) cloud.securityGroupRules.delete(rule);
    deleteTags(cloud, group.id);
    cloud.securityGroups.delete(group.id);
  })();
  return noContent();
}

/** The id of the project's default group, made now if it is not there: all egress, ingress from its own members. */
export function ensureDefaultGroup(cloud: Cloud, project: string): string {
  const existing = cloud.securityGroups.ids("project_id = ? AND name = 'default'", [project])[0];
  if (existing !== undefined) return existing;
  const group = insertGroup(cloud, {
    name: "default",
    description: "Default security group",
    project_id: project,
    stateful: true,
  });
  for (const ethertype of ["IPv4", "IPv6"]) {
    insertRule(cloud, {
      project_id: project,
      security_group_id: group.id,
      direction: "ingress",
      ethertype,
      remote_group_id: group.id,
      description: null,
    });
  }
  return group.id;
}

function insertGroup(
  cloud: Cloud,
  item: Pick<SecurityGroup, "name" | "project_id" | "stateful" | "description">,
): SecurityGroup {
  const group = cloud.securityGroups.insert(item);
  for (const ethertype of ["IPv4", "IPv6"]) {
    insertRule(cloud, {
      project_id: group.project_id,
      security_group_id: group.id,
      direction: "egress",
      ethertype,
      description: null,
    });
  }
  return group;
}

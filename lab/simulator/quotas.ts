/** /v2.0/quotas */
import { type Item, integer, parseObject } from "./attributes.ts";
import type { Cloud } from "./cloud.ts";
import { badRequest, invalidAttribute, policyNotAuthorized, quotaNotFound } from "./errors.ts";
import { type ApiRequest, noContent, ok, param, type Reply } from "./http.ts";
import { DEFAULT_QUOTAS, quotaLimit, quotaUsed } from "./quota-limits.ts";

/** Projects with limits of their own. */
export function listQuotas(cloud: Cloud, request: ApiRequest): Reply {
  requireAdmin(request, "get_quota");
  const projects = cloud.sql("SELECT DISTINCT project_id FROM quotas ORDER BY project_id").all() as {
    project_id: string;
  }[];
  const quotas = projects.map(({ project_id }) => ({
    ...limits(cloud, project_id),
    project_id,
    tenant_id: project_id,
  }));
  return ok({ quotas });
}

/** Neutron tells a caller's own project in place of the quota of "tenant" (pecan_wsgi/controllers/quota.py). */
export function showOwnProject(_cloud: Cloud, request: ApiRequest): Reply {
  return ok({ tenant: { tenant_id: request.caller.projectId } });
}

export function showQuota(cloud: Cloud, request: ApiRequest): Reply {
  const project = ownProject(request, "get_quota");
  return ok({ quota: limits(cloud, project) });
}

export function showQuotaDetails(cloud: Cloud, request: ApiRequest): Reply {
  const project = ownProject(request, "get_quota");
  const details = Object.entries(limits(cloud, project)).map(([resource, limit]) => [
    resource,
    { limit, used: quotaUsed(cloud, project, resource), reserved: 0 },
  ]);
  return ok({ quota: Object.fromEntries(details) });
}

export function updateQuota(cloud: Cloud, request: ApiRequest): Reply {
  requireAdmin(request, "update_quota");
  const project = param(request, "id");
  const given = parseObject(request.body).quota;
  if (typeof given !== "object" || given === null) throw badRequest("Unable to find 'quota' in request body");
  for (const [resource, value] of Object.entries(given as Item)) {
    if (!(resource in DEFAULT_QUOTAS)) throw badRequest(`Unrecognized attribute(s) '${resource}'`);
    const limit = integer(value, resource) as number;
    if (limit < -1) throw invalidAttribute(resource, `'${limit}' is too small - must be at least '-1'`);
    cloud
      .sql("INSERT OR REPLACE INTO quotas (project_id, resource, quota) VALUES (?, ?, ?)")
      .run(project, resource, limit);
  }
  return ok({ quota: limits(cloud, project) });
}

export function deleteQuota(cloud: Cloud, request: ApiRequest): Reply {
  requireAdmin(request, "delete_quota");
  const project = param(request, "id");
  const { changes } = cloud.sql("DELETE FROM quotas WHERE project_id = ?").run(project);
  if (changes === 0) throw quotaNotFound(project);
  return noContent();
}

function limits(cloud: Cloud, project: string): Record<string, number> {
  return Object.fromEntries(
    Object.keys(DEFAULT_QUOTAS).map((resource) => [resource, quotaLimit(cloud, project, resource)]),
  );
}

function requireAdmin(request: ApiRequest, rule: string): void {
  if (!request.caller.isAdmin) throw policyNotAuthorized(`rule:${rule}`);
}

function ownProject(request: ApiRequest, rule: string): string {
  const project = param(request, "id");
  if (project !== request.caller.projectId) requireAdmin(request, rule);
  return project;
}

/** Quotas: limits a project, usage counted from the tables (so they are always right, unlike a cache). */
import type { Cloud } from "./cloud.ts";
import { overQuota } from "./errors.ts";

/** Neutron's limits unless a project has its own; -1 is none. Those without a table here are only shown. */
export const DEFAULT_QUOTAS: Readonly<Record<string, number>> = {
  network: 100,
  subnet: 100,
  subnetpool: -1,
  port: 500,
  router: 10,
  floatingip: 50,
  rbac_policy: 10,
  security_group: 10,
  security_group_rule: 100,
  trunk: -1,
};

const COUNTED: ReadonlySet<string> = new Set([
  "network",
  "subnet",
  "port",
  "router",
  "security_group",
  "security_group_rule",
]);

export function quotaLimit(cloud: Cloud, project: string, resource: string): number {
  const row = cloud
    .sql("SELECT quota FROM quotas WHERE project_id = ? AND resource = ?")
    .get(project, resource);
  return (row as { quota: number } | null)?.quota ?? DEFAULT_QUOTAS[resource] ?? -1;
}

export function quotaUsed(cloud: Cloud, project: string, resource: string): number {
  if (!COUNTED.has(resource)) return 0;
  const row = cloud.sql(`SELECT COUNT(*) AS n FROM ${resource}s WHERE project_id = ?`).get(project);
  return (row as { n: number }).n;
}

/**
 * Refuses a creation that would go over.
 * @param projects the owner of each resource that is to be made
 * @throws ApiError 409 OverQuota
 */
export function enforceQuota(cloud: Cloud, resource: string, projects: readonly string[]): void {
  for (const project of new Set(projects)) {
    const limit = quotaLimit(cloud, project, resource);
    if (limit < 0) continue;
    const wanted = projects.filter((owner) => owner === project).length;
    if (quotaUsed(cloud, project, resource) + wanted > limit) throw overQuota(resource);
  }
}

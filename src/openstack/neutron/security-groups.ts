import { hasValues, type Neutron, queryOf } from "./client.ts";

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly description?: string;
  readonly tags?: string[];
}

export interface SecurityGroupFilter {
  readonly id?: string;
  readonly name?: string;
  readonly project_id?: string;
}

const FIELDS = [
  "id",
  "name",
  "project_id",
  "description",
  "tags",
] as const satisfies readonly (keyof SecurityGroup)[];

/** The security groups that match `filter`, checked again here. */
export async function listSecurityGroups(
  neutron: Neutron,
  filter: SecurityGroupFilter,
  signal: AbortSignal,
): Promise<SecurityGroup[]> {
  const query = queryOf({ ...filter }, FIELDS);
  const groups = await neutron.list<SecurityGroup>("security_groups", query, signal);
  return groups.filter((group) => hasValues(group, { ...filter }));
}

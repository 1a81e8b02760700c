import { type Neutron, pathOf } from "./client.ts";

export interface Quota {
  /** -1: unlimited. */
  readonly limit: number;
  readonly used: number;
  /** Being created just now. */
  readonly reserved: number;
}

export interface QuotaDetails {
  readonly port: Quota;
  readonly network: Quota;
  readonly subnet: Quota;
  readonly security_group: Quota;
  readonly security_group_rule: Quota;
}

/** The project's limits and what is used of them (extension `quota_details`). */
export function getQuotaDetails(
  neutron: Neutron,
  projectId: string,
  signal: AbortSignal,
): Promise<QuotaDetails> {
  return neutron.get<QuotaDetails>(`${pathOf("quotas", projectId)}/details.json`, "quota", signal);
}

/**
 * How to reach OpenStack, as plain values: the common form of the `openstack` section of the configuration, of an entry of
 * clouds.yaml and of the `OS_*` variables. The names are those of the section.
 */
export interface ConnectionValues {
  readonly auth_type?: string;
  readonly auth_url?: string;
  readonly username?: string;
  readonly user_id?: string;
  readonly password?: string;
  readonly user_domain_name?: string;
  readonly user_domain_id?: string;
  readonly project_name?: string;
  readonly project_id?: string;
  readonly project_domain_name?: string;
  readonly project_domain_id?: string;
  readonly application_credential_id?: string;
  readonly application_credential_name?: string;
  readonly application_credential_secret?: string;
  readonly token?: string;
  readonly region_name?: string;
  readonly interface?: string;
  readonly cacert?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify?: boolean;
  /** Neutron's URL, in place of the catalogue's. */
  readonly endpoint?: string;
}

export type ConnectionKey = keyof ConnectionValues;

/** The keys whose values are texts, all but `verify`. */
export type TextKey = Exclude<ConnectionKey, "verify">;

/** What may stand under `auth:` in clouds.yaml, beside the top level. */
export const AUTH_KEYS = [
  "auth_url",
  "username",
  "user_id",
  "password",
  "user_domain_name",
  "user_domain_id",
  "project_name",
  "project_id",
  "project_domain_name",
  "project_domain_id",
  "application_credential_id",
  "application_credential_name",
  "application_credential_secret",
  "token",
] as const satisfies readonly TextKey[];

/** Keys that say the same in different ways: whoever gives one of them overrides the others, too. */
const ALTERNATIVES: readonly (readonly ConnectionKey[])[] = [
  ["project_id", "project_name"],
  ["project_domain_id", "project_domain_name"],
  ["user_id", "username"],
  ["user_domain_id", "user_domain_name"],
  ["application_credential_id", "application_credential_name"],
];

/** `weaker` where `stronger` says nothing. Empty texts count as absent. */
export function mergeValues(stronger: ConnectionValues, weaker: ConnectionValues): ConnectionValues {
  const merged = new Map(Object.entries(weaker).filter(isPresent));
  const chosen = Object.entries(stronger).filter(isPresent);
  for (const [key] of chosen) {
    const group = ALTERNATIVES.find((keys) => keys.includes(key as ConnectionKey)) ?? [];
    for (const other of group) merged.delete(other);
  }
  for (const [key, value] of chosen) merged.set(key, value);
  return Object.fromEntries(merged);
}

function isPresent([, value]: [string, unknown]): boolean {
  return value !== undefined && value !== null && value !== "";
}

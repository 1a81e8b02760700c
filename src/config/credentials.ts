/**
 * How to authenticate: which way is meant when the file does not say, and whether all it needs is there.
 * A cloud of clouds.yaml and the `OS_*` variables are read later and elsewhere; what they may still supply
 * is not missed here.
 */
import type { OpenStackConfig } from "./openstack.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  /** With `auth_type` filled in, unless clouds.yaml or the environment decide it. */
  openstack: OpenStackConfig;
  problems: string[];
  warnings: string[];
}

const HOW_TO_REACH =
  "nothing says where OpenStack is: set neutron.neutron_url (no authentication), openstack.auth_url with " +
  "credentials, openstack.cloud (clouds.yaml), or the OS_* environment variables";

/** Completes and checks the section `openstack`. */
export function resolveCredentials(
  given: OpenStackConfig,
  neutronUrl: string | undefined,
  env: Environment,
): Credentials {
  const warnings: string[] = [];
  const auth_type = inferAuthType(given, neutronUrl, env);
  const completed = auth_type === undefined ? given : { ...given, auth_type };
  const openstack = auth_type === "v3applicationcredential" ? withoutScope(completed, warnings) : completed;
  const problems = missingBeside(openstack, env);
  if (auth_type === "none") {
    if (neutronUrl === undefined) problems.push(HOW_TO_REACH);
  } else if (auth_type !== undefined && !hasOtherSource(openstack, env)) {
    problems.push(
      ...missingKeys(openstack).map((key) => `${key} is missing: auth_type "${auth_type}" needs it`),
    );
  }
  return { openstack, problems, warnings };
}

/**
 * Credentials in the file decide. With none there, a named cloud decides, then `neutron_url` alone means
 * noauth, whatever the environment; without it the environment decides. Undefined: decided elsewhere.
 */
function inferAuthType(
  openstack: OpenStackConfig,
  neutronUrl: string | undefined,
  env: Environment,
): OpenStackConfig["auth_type"] {
  if (openstack.auth_type !== undefined) return openstack.auth_type;
  if (openstack.cloud !== undefined || openstack.clouds_file !== undefined) return undefined;
  if (hasAny(openstack, "application_credential_")) return "v3applicationcredential";
  if (openstack.token !== undefined) return "v3token";
  if (["username", "user_id", "password", "auth_url"].some((key) => key in openstack)) return "password";
  return neutronUrl === undefined && describesCloud(env) ? undefined : "none";
}

function hasAny(openstack: OpenStackConfig, prefix: string): boolean {
  return Object.keys(openstack).some((key) => key.startsWith(prefix));
}

/** Keystone refuses an application credential that comes with a scope: it carries its project. */
function withoutScope(openstack: OpenStackConfig, warnings: string[]): OpenStackConfig {
  const { project_name, project_id, project_domain_name, project_domain_id, ...rest } = openstack;
  const scope = { project_name, project_id, project_domain_name, project_domain_id };
  for (const [key, value] of Object.entries(scope)) {
    if (value === undefined) continue;
    warnings.push(`openstack.${key} is ignored: an application credential carries its own project`);
  }
  return rest;
}

function describesCloud(env: Environment): boolean {
  return Boolean(env.OS_CLOUD) || Boolean(env.OS_AUTH_URL);
}

function hasOtherSource(openstack: OpenStackConfig, env: Environment): boolean {
  return openstack.cloud !== undefined || openstack.clouds_file !== undefined || describesCloud(env);
}

/** Keys that make sense only beside another one, whatever the way to authenticate. */
function missingBeside(openstack: OpenStackConfig, env: Environment): string[] {
  const problems: string[] = [];
  const { cert, key, cloud, clouds_file } = openstack;
  if (cert !== undefined && key === undefined) problems.push("openstack.key is missing: cert needs it");
  if (key !== undefined && cert === undefined) problems.push("openstack.cert is missing: key needs it");
  if (clouds_file !== undefined && cloud === undefined && !env.OS_CLOUD) {
    problems.push("openstack.cloud is missing: clouds_file needs the name of a cloud in it");
  }
  return problems;
}

/** Any one key of an inner list will do. */
type Alternatives = readonly (keyof OpenStackConfig)[];

const USER_DOMAIN: Alternatives = ["user_domain_name", "user_domain_id"];
const PROJECT_DOMAIN: Alternatives = ["project_domain_name", "project_domain_id"];

function missingKeys(openstack: OpenStackConfig): string[] {
  const has = (key: keyof OpenStackConfig) => openstack[key] !== undefined;
  const wanted: Alternatives[] = [["auth_url"], ...wantedOf(openstack, has)];
  return wanted
    .filter((alternatives) => !alternatives.some(has))
    .map((alternatives) => alternatives.map((key) => `openstack.${key}`).join(" or "));
}

function wantedOf(openstack: OpenStackConfig, has: (key: keyof OpenStackConfig) => boolean): Alternatives[] {
  const userDomain = has("username") && !has("user_id") ? [USER_DOMAIN] : [];
  const projectDomain = has("project_name") && !has("project_id") ? [PROJECT_DOMAIN] : [];
  switch (openstack.auth_type) {
    case "password":
      return [
        ["username", "user_id"],
        ["password"],
        ...userDomain,
        ["project_name", "project_id"],
        ...projectDomain,
      ];
    case "v3applicationcredential": {
      const byName = has("application_credential_name") && !has("application_credential_id");
      return [
        ["application_credential_id", "application_credential_name"],
        ["application_credential_secret"],
        ...(byName ? [["username", "user_id"] as const, ...userDomain] : []),
      ];
    }
    case "v3token":
      return [["token"], ["project_name", "project_id"], ...projectDomain];
    default:
      return [];
  }
}

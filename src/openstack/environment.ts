import type { ConnectionValues, TextKey } from "./connection-values.ts";

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of python-openstackclient; the first one that is set counts. */
const VARIABLES: Readonly<Record<TextKey, readonly string[]>> = {
  auth_type: ["OS_AUTH_TYPE"],
  auth_url: ["OS_AUTH_URL"],
  username: ["OS_USERNAME"],
  user_id: ["OS_USER_ID"],
  password: ["OS_PASSWORD"],
  user_domain_name: ["OS_USER_DOMAIN_NAME"],
  user_domain_id: ["OS_USER_DOMAIN_ID"],
  project_name: ["OS_PROJECT_NAME", "OS_TENANT_NAME"],
  project_id: ["OS_PROJECT_ID", "OS_TENANT_ID"],
  project_domain_name: ["OS_PROJECT_DOMAIN_NAME"],
  project_domain_id: ["OS_PROJECT_DOMAIN_ID"],
  application_credential_id: ["OS_APPLICATION_CREDENTIAL_ID"],
  application_credential_name: ["OS_APPLICATION_CREDENTIAL_NAME"],
  application_credential_secret: ["OS_APPLICATION_CREDENTIAL_SECRET"],
  token: ["OS_TOKEN"],
  region_name: ["OS_REGION_NAME"],
  interface: ["OS_INTERFACE", "OS_ENDPOINT_TYPE"],
  cacert: ["OS_CACERT"],
  cert: ["OS_CERT"],
  key: ["OS_KEY"],
  endpoint: ["OS_NETWORK_ENDPOINT_OVERRIDE", "OS_ENDPOINT_OVERRIDE", "OS_ENDPOINT"],
};

/** The `OS_*` variables of `env`. */
export function valuesFromEnvironment(env: Environment): ConnectionValues {
  const found = Object.entries(VARIABLES).flatMap(([key, names]) => {
    const value = names.map((name) => env[name]).find((text) => text !== undefined && text !== "");
    return value === undefined ? [] : [[key, value] as const];
  });
  const insecure = /^(1|true|yes|on)$/i.test(env.OS_INSECURE ?? "");
  return { ...Object.fromEntries(found), ...(insecure ? { verify: false } : {}) };
}

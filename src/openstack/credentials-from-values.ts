import type { Credentials, DomainRef, ProjectRef, UserRef } from "./auth/credentials.ts";
import type { ConnectionKey, ConnectionValues, TextKey } from "./connection-values.ts";
import { configError } from "./errors.ts";
import { refuseUserInfo } from "./user-info.ts";

/** Names of keystoneauth's plugins and the type of credentials that they stand for. */
const AUTH_TYPES: Readonly<Record<string, Credentials["type"]>> = {
  none: "none",
  noauth: "none",
  password: "password",
  v3password: "password",
  v3applicationcredential: "v3applicationcredential",
  token: "v3token",
  v3token: "v3token",
};

/** Whoever gives one of these means to log in with a password, unless something else says otherwise. */
const PASSWORD_KEYS = ["auth_url", "username", "user_id", "password"] as const satisfies readonly TextKey[];

/** The domain of users and projects when none is named, as in python-openstackclient. */
const DEFAULT_DOMAIN: DomainRef = { id: "default" };

/**
 * The credentials in `values`. Without `auth_type`, its kind follows from what is given.
 * @param origins where the values come from, for messages
 * @throws OpenStackError of kind `config` that names the missing key
 */
export function credentialsFrom(values: ConnectionValues, origins: string): Credentials {
  const need = (key: TextKey): string => values[key] ?? missing(key, origins);
  switch (authTypeOf(values, origins)) {
    case "none":
      return { type: "none" };
    case "password":
      return {
        type: "password",
        authUrl: keystoneUrl(need("auth_url"), origins),
        user: userFrom(values, origins),
        password: need("password"),
        project: projectFrom(values, origins),
      };
    case "v3applicationcredential":
      return {
        type: "v3applicationcredential",
        authUrl: keystoneUrl(need("auth_url"), origins),
        credential: applicationCredentialFrom(values, origins),
        secret: need("application_credential_secret"),
      };
    case "v3token":
      return {
        type: "v3token",
        authUrl: keystoneUrl(need("auth_url"), origins),
        token: need("token"),
        project: projectFrom(values, origins),
      };
  }
}

function authTypeOf(values: ConnectionValues, origins: string): Credentials["type"] {
  if (values.auth_type !== undefined) return knownAuthType(values.auth_type, origins);
  if (values.application_credential_secret !== undefined) return "v3applicationcredential";
  if (values.token !== undefined) return "v3token";
  if (PASSWORD_KEYS.some((key) => values[key] !== undefined)) return "password";
  if (values.endpoint !== undefined) return "none";
  throw configError(
    `no way to Neutron in ${origins}`,
    "set neutron_url for a Neutron without authentication, or cloud or auth_url in the section openstack",
  );
}

function knownAuthType(name: string, origins: string): Credentials["type"] {
  const type = Object.hasOwn(AUTH_TYPES, name) ? AUTH_TYPES[name] : undefined;
  if (type !== undefined) return type;
  throw configError(
    `auth_type "${name}" (from ${origins}) is not supported`,
    "write none, password, v3applicationcredential or v3token",
  );
}

/** Keystone's v3 URL, from whatever form of it is common. */
function keystoneUrl(url: string, origins: string): string {
  refuseUserInfo("auth_url", url, origins);
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw configError(`auth_url "${url}" (from ${origins}) is no URL`, "write it as https://host:5000/v3");
  }
  return `${url.replace(/\/+$/, "").replace(/\/v(2\.0|3)$/, "")}/v3`;
}

function userFrom(values: ConnectionValues, origins: string): UserRef {
  if (values.user_id !== undefined) return { id: values.user_id };
  const name = values.username ?? missing("username", origins);
  return { name, domain: domainFrom(values.user_domain_id, values.user_domain_name) };
}

function projectFrom(values: ConnectionValues, origins: string): ProjectRef {
  if (values.project_id !== undefined) return { id: values.project_id };
  const name = values.project_name ?? missing("project_name", origins);
  return { name, domain: domainFrom(values.project_domain_id, values.project_domain_name) };
}

function applicationCredentialFrom(values: ConnectionValues, origins: string) {
  const { application_credential_id: id, application_credential_name: name } = values;
  if (id !== undefined) return { id };
  if (name === undefined) return missing("application_credential_id", origins);
  return { name, user: userFrom(values, origins) };
}

function domainFrom(id: string | undefined, name: string | undefined): DomainRef {
  if (id !== undefined) return { id };
  return name === undefined ? DEFAULT_DOMAIN : { name };
}

function missing(key: ConnectionKey, origins: string): never {
  throw configError(`${key} is missing in ${origins}`, `set ${key}`);
}

import { type Case, type Json, SECRET, type Table } from "../case.ts";

/** The section `openstack` alone leads to Neutron. */
function incomplete(name: string, openstack: Json, ...says: RegExp[]): Case {
  return {
    name,
    config: { neutron: { neutron_url: undefined }, openstack },
    code: 7,
    says: [/^invalid configuration: /, ...says],
  };
}

const auth_url = "http://10.0.0.10:5000";
const user = { username: "skynet", user_domain_name: "Default", password: SECRET };

export const credentials: Table = {
  topic: "credentials",
  cases: [
    incomplete(
      "no way to OpenStack at all",
      {},
      /nothing says where OpenStack is/,
      /set neutron\.neutron_url/,
    ),
    incomplete(
      "auth_type none without neutron_url",
      { auth_type: "none" },
      /nothing says where OpenStack is/,
      /neutron\.neutron_url/,
    ),
    incomplete(
      "a password alone",
      { password: SECRET },
      /openstack\.auth_url is missing/,
      /openstack\.username or openstack\.user_id is missing/,
      /openstack\.project_name or openstack\.project_id is missing/,
    ),
    incomplete(
      "a user without password",
      { auth_url, ...user, password: "" },
      /openstack\.password is missing/,
    ),
    incomplete(
      "a user without domain",
      { auth_url, ...user, user_domain_name: "", project_id: "p" },
      /openstack\.user_domain_name or openstack\.user_domain_id is missing/,
    ),
    incomplete(
      "a project without domain",
      { auth_url, ...user, project_name: "pods" },
      /openstack\.project_domain_name or openstack\.project_domain_id is missing/,
    ),
    incomplete(
      "a project that is missing",
      { auth_url, ...user },
      /openstack\.project_name or openstack\.project_id is missing/,
    ),
    incomplete(
      "an application credential without secret",
      { auth_url, application_credential_id: "1f2e" },
      /openstack\.application_credential_secret is missing/,
      /auth_type "v3applicationcredential" needs it/,
    ),
    incomplete(
      "an application credential's secret without its name",
      { auth_url, application_credential_secret: SECRET },
      /openstack\.application_credential_id or openstack\.application_credential_name is missing/,
    ),
    incomplete(
      "an application credential by name without its user",
      { auth_url, application_credential_name: "nodes", application_credential_secret: SECRET },
      /openstack\.username or openstack\.user_id is missing/,
    ),
    incomplete("a token without auth_url", { token: SECRET }, /openstack\.auth_url is missing/, /v3token/),
    incomplete(
      "the way v3token without token",
      { auth_url, auth_type: "v3token" },
      /openstack\.token is missing/,
    ),
    incomplete(
      "a client certificate without key",
      { auth_url, ...user, project_id: "p", cert: "/etc/skynet/client.pem" },
      /openstack\.key is missing: cert needs it/,
    ),
    incomplete(
      "a client key without certificate",
      { auth_url, ...user, project_id: "p", key: "/etc/skynet/client.key" },
      /openstack\.cert is missing: key needs it/,
    ),
  ],
};

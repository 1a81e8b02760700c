import { type Case, SECRET, type Table } from "../case.ts";

/** A file of clouds; `production` is the cloud that is wanted. */
function file(name: string, text: string, ...says: RegExp[]): Case {
  return {
    name,
    files: { "clouds.yaml": text },
    config: {
      neutron: { neutron_url: undefined },
      openstack: { cloud: "production", clouds_file: "@dir@/clouds.yaml" },
    },
    code: 7,
    says: [/clouds\.yaml/, ...says],
  };
}

const AUTH = `auth_url: http://10.0.0.10:5000, username: skynet, password: ${SECRET}`;

export const clouds: Table = {
  topic: "clouds.yaml",
  cases: [
    {
      name: "no such file",
      config: {
        neutron: { neutron_url: undefined },
        openstack: { cloud: "production", clouds_file: "/no/such/clouds.yaml" },
      },
      code: 7,
      says: [
        /openstack\.cloud is "production"/,
        /no file \/no\/such\/clouds\.yaml/,
        /correct openstack\.clouds_file/,
      ],
    },
    {
      name: "none in any of the usual places",
      config: { neutron: { neutron_url: undefined }, openstack: { cloud: "production" } },
      code: 7,
      says: [
        /openstack\.cloud is "production"/,
        /\/etc\/openstack\/clouds\.yaml/,
        /set openstack\.clouds_file/,
      ],
    },
    {
      name: "OS_CLOUD names the cloud, and there is no file",
      env: { OS_CLOUD: "staging" },
      config: { neutron: { neutron_url: undefined } },
      code: 7,
      says: [/OS_CLOUD is "staging"/, /\/etc\/openstack\/clouds\.yaml/],
    },
    {
      name: "a file without the name of a cloud",
      config: {
        neutron: { neutron_url: undefined },
        openstack: { clouds_file: "/etc/openstack/clouds.yaml" },
      },
      code: 7,
      says: [/openstack\.cloud is missing: clouds_file needs/],
    },
    {
      name: "a folder in place of the file",
      config: {
        neutron: { neutron_url: undefined },
        openstack: { cloud: "production", clouds_file: "@folder@" },
      },
      code: 7,
      says: [/cannot read/, /Directories/, /correct the path/],
    },
    file(
      "a cloud that is not in it",
      "clouds: {staging: {}, lab: {}}",
      /no cloud "production"/,
      /staging, lab/,
    ),
    file("no clouds in it", "clouds: {}", /no cloud "production"/, /no clouds at all/),
    file("an empty file", "", /no cloud "production"/),
    file("not YAML", "clouds:\n  production: [unclosed\n", /not valid YAML/, /yamllint/),
    file("a list", "- production\n", /no mapping "clouds"/),
    file("auth that is a text", "clouds: {production: {auth: nobody}}", /"auth" is/, /auth_url/),
    file(
      "an unknown way to authenticate",
      `clouds: {production: {auth_type: v3kerberos, auth: {${AUTH}}}}`,
      /auth_type "v3kerberos"/,
      /v3applicationcredential/,
    ),
    file(
      "no auth_url",
      `clouds: {production: {auth: {password: ${SECRET}}}}`,
      /cloud "production"/,
      /auth_url/,
    ),
    file(
      "no password",
      "clouds: {production: {auth: {auth_url: 'http://10.0.0.10:5000', username: skynet}}}",
      /password is missing/,
      /cloud "production"/,
    ),
    file("no project", `clouds: {production: {auth: {${AUTH}}}}`, /project_name|project_id/, /is missing/),
    file(
      "a password that is a mapping",
      `clouds: {production: {auth: {auth_url: 'http://10.0.0.10:5000', username: skynet, password: {${SECRET}: 1}}}}`,
      /"auth\.password" is no text/,
      /quotes/,
    ),
    file(
      "verify that is a text",
      `clouds: {production: {verify: "no", auth: {${AUTH}, project_id: p}}}`,
      /"verify"/,
      /true or false/,
    ),
    file(
      "an auth_url that is none",
      `clouds: {production: {auth: {auth_url: keystone, username: skynet, password: ${SECRET}, project_id: p}}}`,
      /auth_url "keystone"/,
      /https:\/\/host:5000\/v3/,
    ),
  ],
};

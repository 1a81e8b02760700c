import { expect, test } from "bun:test";
import type { Environment } from "./environment.ts";
import { type OpenStackConfig, resolveSettings } from "./settings.ts";

const CLOUDS = `
clouds:
  prod:
    auth: { auth_url: "https://cloud:5000", username: cni, password: pw, project_id: cloud-project }
    region_name: CloudRegion
`;

async function read(path: string): Promise<string> {
  if (path === "/etc/openstack/clouds.yaml") return CLOUDS;
  throw Object.assign(new Error(path), { code: "ENOENT" });
}

const resolve = (config: OpenStackConfig, env: Environment = {}) => resolveSettings(config, env, read);

const PASSWORD = {
  auth_url: "https://ks:5000/v3",
  username: "cni",
  password: "pw",
  project_name: "k8s",
};

test("neutron_url alone is a Neutron without authentication", async () => {
  expect(await resolve({ neutron: { neutron_url: "http://api:9696" } })).toEqual({
    auth: { type: "none" },
    endpoint: "http://api:9696",
    tls: {},
    interface: "public",
    requestTimeoutMs: 60_000,
  });
});

test("neutron's project and time-out are taken over", async () => {
  const neutron = { neutron_url: "http://api:9696", project_id: "p", request_timeout: 7 };
  expect(await resolve({ neutron })).toMatchObject({ projectId: "p", requestTimeoutMs: 7000 });
});

test("password: domains default to the one with the id default", async () => {
  const { auth } = await resolve({ openstack: PASSWORD });
  expect(auth).toEqual({
    type: "password",
    authUrl: "https://ks:5000/v3",
    user: { name: "cni", domain: { id: "default" } },
    password: "pw",
    project: { name: "k8s", domain: { id: "default" } },
  });
});

test("the way to authenticate follows from what is given", async () => {
  const auth_url = "https://ks:5000";
  const applicationCredential = {
    auth_url,
    application_credential_id: "a",
    application_credential_secret: "s",
  };
  expect((await resolve({ openstack: applicationCredential })).auth).toEqual({
    type: "v3applicationcredential",
    authUrl: "https://ks:5000/v3",
    credential: { id: "a" },
    secret: "s",
  });
  const named = {
    auth_url,
    application_credential_name: "n",
    application_credential_secret: "s",
    username: "cni",
    user_domain_name: "Users",
  };
  expect((await resolve({ openstack: named })).auth).toMatchObject({
    credential: { name: "n", user: { name: "cni", domain: { name: "Users" } } },
  });
  const token = { auth_url, token: "t", project_id: "p" };
  expect((await resolve({ openstack: token })).auth).toMatchObject({ type: "v3token", project: { id: "p" } });
});

test("auth_type wins over what is given", async () => {
  const config = {
    neutron: { neutron_url: "http://api:9696" },
    openstack: { ...PASSWORD, auth_type: "none" },
  };
  expect((await resolve(config)).auth).toEqual({ type: "none" });
});

test.each(["https://ks:5000", "https://ks:5000/", "https://ks:5000/v3/", "https://ks:5000/v2.0"])(
  "auth_url %s is Keystone's v3",
  async (auth_url) => {
    const { auth } = await resolve({ openstack: { ...PASSWORD, auth_url } });
    expect(auth).toMatchObject({ authUrl: "https://ks:5000/v3" });
  },
);

test("what the configuration says wins over its cloud; a name there over an id in the cloud, too", async () => {
  const settings = await resolve({
    neutron: { neutron_url: "http://own:9696" },
    openstack: { cloud: "prod", project_name: "own", password: "" },
  });
  expect(settings).toMatchObject({
    endpoint: "http://own:9696",
    region: "CloudRegion",
    auth: { type: "password", password: "pw", project: { name: "own" } },
  });
});

test("the OS_* variables count only when nothing else says how to reach OpenStack", async () => {
  const env = {
    OS_AUTH_URL: "https://env:5000/v3",
    OS_USERNAME: "env",
    OS_PASSWORD: "pw",
    OS_TENANT_NAME: "envproject",
    OS_REGION_NAME: "EnvRegion",
    OS_INSECURE: "true",
    OS_ENDPOINT_TYPE: "internalURL",
  };
  expect(await resolve({}, env)).toMatchObject({
    auth: { authUrl: "https://env:5000/v3", user: { name: "env" }, project: { name: "envproject" } },
    region: "EnvRegion",
    interface: "internal",
    tls: { verify: false },
  });
  const noauth = await resolve({ neutron: { neutron_url: "http://api:9696" } }, { ...env, OS_CLOUD: "prod" });
  expect(noauth).toMatchObject({ auth: { type: "none" }, tls: {} });
  expect(noauth.region).toBeUndefined();
  const own = await resolve({ openstack: PASSWORD }, env);
  expect(own.region).toBeUndefined();
});

test("OS_CLOUD wins over the other OS_* variables", async () => {
  const env = {
    OS_CLOUD: "prod",
    OS_AUTH_URL: "https://env:5000/v3",
    OS_PROJECT_NAME: "x",
    OS_INTERFACE: "admin",
  };
  expect(await resolve({}, env)).toMatchObject({
    auth: { authUrl: "https://cloud:5000/v3", project: { id: "cloud-project" } },
    region: "CloudRegion",
    interface: "admin",
  });
});

test("empty texts count as absent", async () => {
  const openstack = { ...PASSWORD, project_id: "", region_name: "", cloud: "", cacert: "" };
  const settings = await resolve({ neutron: { neutron_url: "", project_id: "" }, openstack });
  expect(settings).toMatchObject({ auth: { project: { name: "k8s" } }, tls: {} });
  expect(settings.endpoint).toBeUndefined();
  expect(settings.region).toBeUndefined();
  expect(settings.projectId).toBeUndefined();
});

test.each<[OpenStackConfig, string]>([
  [{}, "no way to Neutron in the configuration and the OS_* variables; set neutron_url"],
  [{ openstack: { ...PASSWORD, password: "" } }, "password is missing in the configuration; set password"],
  [{ openstack: { ...PASSWORD, username: "" } }, "username is missing"],
  [{ openstack: { ...PASSWORD, project_name: "" } }, "project_name is missing"],
  [
    { openstack: { cloud: "prod", auth_type: "v3token" } },
    'token is missing in the configuration and cloud "prod" of /etc',
  ],
  [
    { openstack: { cloud: "other" } },
    'there is no cloud "other" in /etc/openstack/clouds.yaml, which has prod',
  ],
  [
    { openstack: { ...PASSWORD, auth_type: "v3oidc" } },
    'auth_type "v3oidc" (from the configuration) is not supported',
  ],
  [
    { openstack: { ...PASSWORD, auth_url: "ks:5000" } },
    'auth_url "ks:5000" (from the configuration) is no URL',
  ],
  [
    { openstack: { ...PASSWORD, interface: "private" } },
    'interface "private" (from the configuration) is unknown',
  ],
  [{ openstack: { ...PASSWORD, cacert: "/none.pem" } }, "cacert: cannot read /none.pem"],
  [{ neutron: { neutron_url: "api:9696" } }, '"api:9696" (from the configuration) is no URL of Neutron'],
  [
    { openstack: { auth_url: "https://ks", application_credential_secret: "s" } },
    "application_credential_id is missing",
  ],
])("%j is refused", async (config, message) => {
  await expect(resolve(config)).rejects.toThrow(message);
});

test.each<[Environment, string]>([
  [{ OS_AUTH_URL: "https://cni:hidden-word@ks:5000" }, "auth_url"],
  [{ OS_AUTH_URL: "cni:hidden-word@ks:5000" }, "auth_url"],
  [{ OS_AUTH_TYPE: "none", OS_ENDPOINT: "http://hidden-word@api:9696" }, "the URL of Neutron"],
])("a password in the URL of %j is refused and not told", async (env, name) => {
  const known = { OS_USERNAME: "cni", OS_PASSWORD: "pw", OS_PROJECT_ID: "p" };
  const error = await resolve({}, { ...known, ...env }).catch((thrown) => thrown);
  expect(error.message).toContain(`${name} (from the configuration and the OS_* variables) has a user name`);
  expect(error.message).not.toContain("hidden-word");
});

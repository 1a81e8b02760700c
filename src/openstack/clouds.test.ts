import { expect, test } from "bun:test";
import { cloudsFilePaths, loadCloud } from "./clouds.ts";
import type { ReadTextFile } from "./tls.ts";

/** Files in memory; others do not exist. */
function files(contents: Readonly<Record<string, string>>): ReadTextFile {
  return async (path) => {
    const text = contents[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT" });
    return text;
  };
}

const CLOUDS = `
clouds:
  prod:
    auth:
      auth_url: https://keystone:5000/v3
      username: cni
      project_name: k8s
      user_domain_name: Default
    region_name: RegionOne
    interface: internal
    cacert: /etc/ca.pem
    verify: false
    network_endpoint_override: https://neutron:9696
  old:
    auth_type: v3applicationcredential
    application_credential_id: 123456
    endpoint_type: publicURL
  plain:
    auth_type: none
    auth: { endpoint: "http://neutron:9696" }
`;

test("a cloud's keys become values", async () => {
  const read = files({ "/c/clouds.yaml": CLOUDS });
  const { values, origin } = await loadCloud(
    { cloud: "prod", namedBy: "openstack.cloud", file: "/c/clouds.yaml" },
    {},
    read,
  );
  expect(values).toMatchObject({
    auth_url: "https://keystone:5000/v3",
    username: "cni",
    project_name: "k8s",
    user_domain_name: "Default",
    region_name: "RegionOne",
    interface: "internal",
    cacert: "/etc/ca.pem",
    verify: false,
    endpoint: "https://neutron:9696",
  });
  expect(origin).toBe('cloud "prod" of /c/clouds.yaml');
});

test("old forms are understood: keys beside auth, numbers, endpoint_type, an endpoint under auth", async () => {
  const read = files({ "/c/clouds.yaml": CLOUDS });
  const old = await loadCloud({ cloud: "old", namedBy: "openstack.cloud", file: "/c/clouds.yaml" }, {}, read);
  expect(old.values).toMatchObject({ application_credential_id: "123456", interface: "publicURL" });
  const plain = await loadCloud(
    { cloud: "plain", namedBy: "openstack.cloud", file: "/c/clouds.yaml" },
    {},
    read,
  );
  expect(plain.values).toMatchObject({ auth_type: "none", endpoint: "http://neutron:9696" });
});

test("secure.yaml beside the file is merged over it", async () => {
  const secure = "clouds:\n  prod:\n    auth:\n      password: pw\n      username: other\n";
  const read = files({ "/c/clouds.yaml": CLOUDS, "/c/secure.yaml": secure });
  const { values } = await loadCloud(
    { cloud: "prod", namedBy: "openstack.cloud", file: "/c/clouds.yaml" },
    {},
    read,
  );
  expect(values).toMatchObject({ password: "pw", username: "other", project_name: "k8s" });
});

test("OS_CLIENT_SECURE_FILE names the secrets", async () => {
  const read = files({ "/c/clouds.yaml": CLOUDS, "/run/secret": "clouds: {prod: {auth: {password: pw}}}" });
  const env = { OS_CLIENT_SECURE_FILE: "/run/secret" };
  const { values } = await loadCloud(
    { cloud: "prod", namedBy: "openstack.cloud", file: "/c/clouds.yaml" },
    env,
    read,
  );
  expect(values.password).toBe("pw");
});

test("files are looked for in the usual order", () => {
  expect(cloudsFilePaths({ OS_CLIENT_CONFIG_FILE: "/x.yaml", HOME: "/root" })).toEqual([
    "/x.yaml",
    "./clouds.yaml",
    "./clouds.yml",
    "/root/.config/openstack/clouds.yaml",
    "/root/.config/openstack/clouds.yml",
    "/etc/openstack/clouds.yaml",
    "/etc/openstack/clouds.yml",
  ]);
  expect(cloudsFilePaths({})).not.toContain("undefined/.config/openstack/clouds.yaml");
});

test("the first file that exists counts", async () => {
  const read = files({
    "/etc/openstack/clouds.yaml": "clouds: {c: {region_name: etc}}",
    "/root/.config/openstack/clouds.yaml": "clouds: {c: {region_name: home}}",
  });
  expect(
    (await loadCloud({ cloud: "c", namedBy: "openstack.cloud" }, { HOME: "/root" }, read)).values.region_name,
  ).toBe("home");
  expect((await loadCloud({ cloud: "c", namedBy: "openstack.cloud" }, {}, read)).values.region_name).toBe(
    "etc",
  );
});

test.each([
  [CLOUDS, "prof", 'there is no cloud "prof" in /c.yaml, which has prod, old, plain'],
  ["clouds: {}", "c", "which has no clouds at all"],
  ["", "c", "which has no clouds at all"],
  ["clouds: [a", "c", "/c.yaml is not valid YAML"],
  ["- a", "c", '/c.yaml has no mapping "clouds"'],
  ["clouds: {c: {auth: x}}", "c", 'cloud "c" of /c.yaml: "auth" is no mapping'],
  ["clouds: {c: {auth: {password: [x]}}}", "c", 'cloud "c" of /c.yaml: "auth.password" is no text'],
  ["clouds: {c: {verify: maybe}}", "c", 'cloud "c" of /c.yaml: "verify" is no boolean'],
])("%j is refused", async (text, cloud, message) => {
  const load = loadCloud(
    { cloud, namedBy: "openstack.cloud", file: "/c.yaml" },
    {},
    files({ "/c.yaml": text }),
  );
  await expect(load).rejects.toThrow(message);
});

test("missing and unreadable files are told by their names", async () => {
  await expect(loadCloud({ cloud: "c", namedBy: "openstack.cloud" }, {}, files({}))).rejects.toThrow(
    'openstack.cloud is "c", but there is none of ./clouds.yaml, ./clouds.yml, /etc/openstack/clouds.yaml',
  );
  const named = { cloud: "c", namedBy: "OS_CLOUD", file: "/c.yaml" };
  await expect(loadCloud(named, {}, files({}))).rejects.toThrow(
    'OS_CLOUD is "c", but there is no file /c.yaml; create it, or correct openstack.clouds_file',
  );
  const denied = async () => {
    throw Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  };
  await expect(
    loadCloud({ cloud: "c", namedBy: "openstack.cloud", file: "/c.yaml" }, {}, denied),
  ).rejects.toThrow("cannot read /c.yaml (EACCES: permission denied)");
});

import { describe, expect, test } from "bun:test";
import type { JsonObject } from "./object.ts";
import { loadWith, problemsWith } from "./test-support.ts";

const NO_URL = { "neutron.neutron_url": undefined };
const PASSWORD = {
  auth_url: "http://192.0.2.1:5000/v3",
  username: "skynet",
  user_domain_name: "Default",
  password: "secret",
  project_name: "kubernetes",
  project_domain_name: "Default",
};
const APPLICATION = {
  auth_url: "http://192.0.2.1:5000/v3",
  application_credential_id: "21dced0fd20347869b93710d2b98aae0",
  application_credential_secret: "secret",
};
const TOKEN = { auth_url: "http://192.0.2.1:5000/v3", token: "secret", project_id: "p1" };

function without<T extends object>(object: T, ...keys: (keyof T)[]): Partial<T> {
  const rest: Partial<T> = { ...object };
  for (const key of keys) delete rest[key];
  return rest;
}

describe("the way to authenticate", () => {
  const cases: [what: string, openstack: JsonObject, env: Record<string, string>, expected?: string][] = [
    ["user and password", PASSWORD, {}, "password"],
    ["an application credential", APPLICATION, {}, "v3applicationcredential"],
    ["a token", TOKEN, {}, "v3token"],
    [
      "an application credential before a user",
      { ...PASSWORD, ...APPLICATION },
      {},
      "v3applicationcredential",
    ],
    ["nothing but a URL of Neutron", {}, {}, "none"],
    ["a URL of Neutron, whatever the environment", {}, { OS_CLOUD: "x", OS_AUTH_URL: "http://a" }, "none"],
    ["the name of a cloud, which decides", { cloud: "x" }, {}],
    ["a cloud with an own password beside it", { cloud: "x", password: "secret" }, {}],
    ["what is written, beside a cloud", { cloud: "x", auth_type: "v3token" }, {}, "v3token"],
    ["an empty password", { password: "" }, {}, "none"],
  ];
  for (const [what, openstack, env, expected] of cases) {
    test(`follows from ${what}`, () => {
      expect(loadWith({ openstack }, env).config.openstack.auth_type).toBe(expected as never);
    });
  }

  test.each([{ OS_CLOUD: "x" }, { OS_AUTH_URL: "http://192.0.2.1:5000" }])("is left to %j", (env) => {
    expect(loadWith(NO_URL, env as Record<string, string>).config.openstack).toEqual({});
  });
});

describe("keys of credentials", () => {
  const user = {
    ...PASSWORD,
    user_id: "u1",
    project_id: "p1",
    user_domain_id: "d1",
    project_domain_id: "d2",
  };
  const named = { ...APPLICATION, application_credential_name: "nodes", ...without(user, "password") };

  test.each([
    ["password", { ...user, region_name: "RegionOne" }],
    ["v3token", { ...TOKEN, cert: "/etc/a.pem", key: "/etc/a.key" }],
    ["password", { cloud: "x", clouds_file: "/etc/openstack/clouds.yaml", auth_type: "password" }],
  ])("of %s are kept", (auth_type, openstack) => {
    expect(loadWith({ openstack }).config.openstack).toEqual({ ...openstack, auth_type } as never);
  });

  test("of an application credential are kept, but for the scope that Keystone would refuse", () => {
    const { config, warnings } = loadWith({ openstack: named });
    expect(Object.keys(config.openstack).filter((key) => key.startsWith("project"))).toEqual([]);
    expect(config.openstack.application_credential_name).toBe("nodes");
    expect(warnings).toEqual(
      ["project_name", "project_id", "project_domain_name", "project_domain_id"].map(
        (key) => `openstack.${key} is ignored: an application credential carries its own project`,
      ),
    );
  });

  test("may name user and project by id alone", () => {
    const { auth_url, password } = PASSWORD;
    const openstack = { auth_url, password, user_id: "u1", project_id: "p1" };
    expect(loadWith({ ...NO_URL, openstack }).config.openstack.auth_type).toBe("password");
  });
});

describe("missing credentials", () => {
  const cases: [openstack: JsonObject, missing: string[], authType: string][] = [
    [without(PASSWORD, "auth_url"), ["openstack.auth_url"], "password"],
    [without(PASSWORD, "username"), ["openstack.username or openstack.user_id"], "password"],
    [without(PASSWORD, "password"), ["openstack.password"], "password"],
    [
      without(PASSWORD, "user_domain_name"),
      ["openstack.user_domain_name or openstack.user_domain_id"],
      "password",
    ],
    [without(PASSWORD, "project_name"), ["openstack.project_name or openstack.project_id"], "password"],
    [
      without(PASSWORD, "project_domain_name"),
      ["openstack.project_domain_name or openstack.project_domain_id"],
      "password",
    ],
    [
      { auth_url: PASSWORD.auth_url },
      [
        "openstack.username or openstack.user_id",
        "openstack.password",
        "openstack.project_name or openstack.project_id",
      ],
      "password",
    ],
    [
      without(APPLICATION, "application_credential_id"),
      ["openstack.application_credential_id or openstack.application_credential_name"],
      "v3applicationcredential",
    ],
    [
      without(APPLICATION, "application_credential_secret"),
      ["openstack.application_credential_secret"],
      "v3applicationcredential",
    ],
    [
      { ...without(APPLICATION, "application_credential_id"), application_credential_name: "nodes" },
      ["openstack.username or openstack.user_id"],
      "v3applicationcredential",
    ],
    [
      {
        ...without(APPLICATION, "application_credential_id"),
        application_credential_name: "nodes",
        username: "skynet",
      },
      ["openstack.user_domain_name or openstack.user_domain_id"],
      "v3applicationcredential",
    ],
    [
      { auth_type: "v3token" },
      ["openstack.auth_url", "openstack.token", "openstack.project_name or openstack.project_id"],
      "v3token",
    ],
    [
      { ...without(TOKEN, "project_id"), project_name: "kubernetes" },
      ["openstack.project_domain_name or openstack.project_domain_id"],
      "v3token",
    ],
  ];
  for (const [openstack, missing, authType] of cases) {
    const given = Object.keys(openstack).join(", ");
    test(`beside ${given}: ${missing.join(", ")}`, () => {
      expect(problemsWith({ openstack })).toEqual(
        missing.map((keys) => `${keys} is missing: auth_type "${authType}" needs it`),
      );
    });
  }

  test.each([{ OS_CLOUD: "x" }, { OS_AUTH_URL: "http://192.0.2.1:5000" }])("may come from %j", (env) => {
    const openstack = { auth_type: "password", username: "skynet" };
    expect(loadWith({ openstack }, env as Record<string, string>).config.openstack).toEqual(
      openstack as never,
    );
  });

  test("and no URL of Neutron: the message says what to set", () => {
    const [problem] = problemsWith(NO_URL, { OS_CLOUD: "" });
    for (const way of ["neutron.neutron_url", "openstack.auth_url", "openstack.cloud", "OS_*"]) {
      expect(problem).toContain(way);
    }
  });

  test("of noauth: the URL of Neutron", () => {
    expect(problemsWith({ ...NO_URL, "openstack.auth_type": "none" })[0]).toContain(
      "set neutron.neutron_url",
    );
  });

  test.each([
    [{ cert: "/etc/a.pem" }, "openstack.key is missing: cert needs it"],
    [{ key: "/etc/a.key" }, "openstack.cert is missing: key needs it"],
    [
      { clouds_file: "/etc/clouds.yaml" },
      "openstack.cloud is missing: clouds_file needs the name of a cloud in it",
    ],
  ])("beside %j", (openstack, problem) => {
    expect(problemsWith({ openstack })).toEqual([problem]);
  });

  test("clouds_file takes its cloud from OS_CLOUD", () => {
    const openstack = { clouds_file: "/etc/clouds.yaml" };
    expect(loadWith({ openstack }, { OS_CLOUD: "x" }).config.openstack).toEqual(openstack);
  });
});

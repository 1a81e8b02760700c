import { describe, expect, test } from "bun:test";
import { KEY_ALIASES, RETIRED_KEYS, VALUE_ALIASES } from "./aliases.ts";
import { getPath, type JsonObject } from "./object.ts";
import { loadWith, problemsWith } from "./test-support.ts";

/** Key → two different good values of it. */
const VALUES: Record<string, [string, string]> = {
  "neutron.external_router_gateway_ip": ["192.0.2.1", "192.0.2.2"],
  "neutron.service_cluster_ip_cidr": ["10.254.0.0/16", "10.96.0.0/12"],
  cluster_name: ["blue", "green"],
  "kubernetes.kubeconfig": ["/etc/a.conf", "/etc/b.conf"],
};

describe.each(Object.entries(KEY_ALIASES))("%s", (alias, key) => {
  const [first, second] = VALUES[key] ?? ["", ""];

  test(`stands for ${key}`, () => {
    const { config, warnings } = loadWith({ [alias]: first });
    expect(getPath(config as unknown as JsonObject, key)).toBe(first);
    expect(warnings).toEqual([`${alias} is an old spelling: write ${key}`]);
  });

  test(`loses to ${key}`, () => {
    const { config, warnings } = loadWith({ [alias]: first, [key]: second });
    expect(getPath(config as unknown as JsonObject, key)).toBe(second);
    expect(warnings).toEqual([
      `${alias} is an old spelling of ${key} and is ignored, because both are given`,
    ]);
  });

  test("counts as absent when empty", () => {
    const { config, warnings } = loadWith({ [alias]: "", [key]: second });
    expect(getPath(config as unknown as JsonObject, key)).toBe(second);
    expect(warnings).toEqual([]);
  });

  test(`wins over an empty ${key}`, () => {
    const { config } = loadWith({ [alias]: first, [key]: "" });
    expect(getPath(config as unknown as JsonObject, key)).toBe(first);
  });
});

test("a bad value under an old spelling is reported under today's", () => {
  expect(problemsWith({ "neutron.external_gateway_ip": "here" })[0]).toStartWith(
    'neutron.external_router_gateway_ip is "here": ',
  );
});

test.each(Object.entries(RETIRED_KEYS))("%s is accepted, and the warning says why it is idle", (key, why) => {
  expect(loadWith({ [key]: "ens192" }).warnings).toEqual([`${key} ${why}`]);
});

describe("values", () => {
  const credentials = {
    auth_url: "http://192.0.2.1:5000",
    user_id: "u1",
    password: "secret",
    project_id: "p1",
    token: "secret",
  };
  for (const [key, spellings] of Object.entries(VALUE_ALIASES)) {
    test.each(Object.entries(spellings))(`${key}: %s`, (spelling, value) => {
      const { config, warnings } = loadWith({ openstack: { ...credentials }, [key]: spelling });
      expect(getPath(config as unknown as JsonObject, key)).toBe(value);
      expect(warnings).toEqual([`${key} is "${spelling}", another spelling of "${value}"`]);
    });
  }
});

import { expect, test } from "bun:test";
import { authRequest, identityOf, type KeystoneCredentials } from "./credentials.ts";

const authUrl = "https://keystone:5000/v3";
const user = { name: "cni", domain: { name: "Users" } };
const project = { name: "k8s", domain: { id: "default" } };

const CASES: readonly (readonly [string, KeystoneCredentials, object])[] = [
  [
    "password, by names",
    { type: "password", authUrl, user, password: "pw", project },
    {
      identity: {
        methods: ["password"],
        password: { user: { name: "cni", domain: { name: "Users" }, password: "pw" } },
      },
      scope: { project: { name: "k8s", domain: { id: "default" } } },
    },
  ],
  [
    "password, by ids",
    { type: "password", authUrl, user: { id: "u1" }, password: "pw", project: { id: "p1" } },
    {
      identity: { methods: ["password"], password: { user: { id: "u1", password: "pw" } } },
      scope: { project: { id: "p1" } },
    },
  ],
  [
    "application credential by id, without scope",
    { type: "v3applicationcredential", authUrl, credential: { id: "ac1" }, secret: "s" },
    { identity: { methods: ["application_credential"], application_credential: { id: "ac1", secret: "s" } } },
  ],
  [
    "application credential by name and user, without scope",
    { type: "v3applicationcredential", authUrl, credential: { name: "nodes", user }, secret: "s" },
    {
      identity: {
        methods: ["application_credential"],
        application_credential: { name: "nodes", user, secret: "s" },
      },
    },
  ],
  [
    "token",
    { type: "v3token", authUrl, token: "tok", project: { id: "p1" } },
    { identity: { methods: ["token"], token: { id: "tok" } }, scope: { project: { id: "p1" } } },
  ],
];

test.each(CASES)("Keystone is asked with %s", (_name, credentials, auth) => {
  expect(authRequest(credentials)).toEqual({ auth });
});

test.each(CASES)("no secret is part of the identity: %s", (_name, credentials) => {
  expect(JSON.stringify(identityOf(credentials))).not.toMatch(/"(pw|s|tok)"/);
});

test("identities differ by user, project and Keystone", () => {
  const base: KeystoneCredentials = { type: "password", authUrl, user, password: "pw", project };
  const others: KeystoneCredentials[] = [
    { ...base, user: { id: "u2" } },
    { ...base, project: { id: "p2" } },
    { ...base, authUrl: "https://other/v3" },
  ];
  const identities = [base, ...others].map((credentials) => JSON.stringify(identityOf(credentials)));
  expect(new Set(identities).size).toBe(4);
  expect(identityOf({ ...base, password: "changed" })).toEqual(identityOf(base));
});

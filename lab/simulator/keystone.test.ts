import { describe, expect, test } from "bun:test";
import { ACCOUNTS } from "./accounts.ts";
import { client, type Json, started } from "./test-client.ts";

describe("Keystone", () => {
  const simulator = started({ auth: "keystone" });
  const call = client(simulator);
  const [admin, member] = ACCOUNTS as [(typeof ACCOUNTS)[number], (typeof ACCOUNTS)[number]];
  const DOMAIN = { name: "Default" };

  const login = (identity: Json, scope?: Json) =>
    call("POST", "/v3/auth/tokens", { auth: { identity, ...(scope !== undefined && { scope }) } });
  const password = (name: string, secret: string, project: string) =>
    login(
      { methods: ["password"], password: { user: { name, domain: DOMAIN, password: secret } } },
      { project: { name: project, domain: DOMAIN } },
    );
  const tokenOf = async (answer: ReturnType<typeof login>) =>
    String((await answer).headers.get("x-subject-token"));
  const withToken = (token: string, path = "/v2.0/networks") =>
    call("GET", path, undefined, { "X-Auth-Token": token });

  test("a password gives a token, a project and a catalogue with regions and interfaces", async () => {
    const { status, body } = await password("admin", "secret", "admin");
    expect(status).toBe(201);
    const token = body.token as Json & { catalog: (Json & { endpoints: Json[] })[] };
    expect(token).toMatchObject({ project: { id: admin.projectId }, methods: ["password"] });
    const network = token.catalog.find((entry) => entry.type === "network");
    expect(network?.endpoints.map((endpoint) => [endpoint.interface, endpoint.region, endpoint.url])).toEqual(
      ["public", "internal", "admin"].map((kind) => [kind, "RegionOne", simulator().url]),
    );
  });

  test.each([
    ["by its id", { id: member.credential.id }],
    ["by its name and user", { name: member.credential.name, user: { name: "member", domain: DOMAIN } }],
  ])("an application credential %s", async (_, named) => {
    const application_credential = { ...named, secret: member.credential.secret };
    const { status, body } = await login({ methods: ["application_credential"], application_credential });
    expect(status).toBe(201);
    expect(body.token).toMatchObject({ project: { id: member.projectId } });
  });

  test("an application credential with a scope is refused", async () => {
    const application_credential = { id: member.credential.id, secret: member.credential.secret };
    const answer = await login(
      { methods: ["application_credential"], application_credential },
      { project: { id: member.projectId } },
    );
    expect(answer.status).toBe(401);
    expect(answer.body.error).toMatchObject({ message: "Application credentials cannot request a scope." });
  });

  test("a token for a token", async () => {
    const first = await tokenOf(password("admin", "secret", "admin"));
    const { status } = await login({ methods: ["token"], token: { id: first } });
    expect(status).toBe(201);
  });

  test.each([
    ["admin", "wrong", "admin"],
    ["nobody", "secret", "admin"],
    ["admin", "secret", "demo"],
  ])("%s with %s on %s is 401", async (name, secret, project) => {
    const { status, body } = await password(name, secret, project);
    expect(status).toBe(401);
    expect(body.error).toMatchObject({ code: 401, title: "Unauthorized" });
  });

  test("Neutron takes the token, and nothing else", async () => {
    expect((await withToken(await tokenOf(password("admin", "secret", "admin")))).status).toBe(200);
    const refused = await withToken("nonsense");
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain("Keystone");
  });

  test("revocation works at once", async () => {
    const token = await tokenOf(password("admin", "secret", "admin"));
    expect((await call("POST", "/_sim/tokens/revoke", { id: token })).body).toEqual({ revoked: 1 });
    expect((await withToken(token)).status).toBe(401);
  });

  test("tokens expire", async () => {
    await call("POST", "/_sim/settings", { token_lifetime: 0 });
    const token = await tokenOf(password("admin", "secret", "admin"));
    await call("POST", "/_sim/settings", { token_lifetime: 3600 });
    expect((await withToken(token)).status).toBe(401);
  });

  test("a member sees only its project, and no bindings", async () => {
    const adminToken = await tokenOf(password("admin", "secret", "admin"));
    const memberToken = await tokenOf(password("member", "secret", "demo"));
    await call("POST", "/v2.0/networks", { network: { name: "admins" } }, { "X-Auth-Token": adminToken });
    expect((await withToken(memberToken)).body.networks).toEqual([]);
  });
});

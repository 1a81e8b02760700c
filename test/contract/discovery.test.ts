import { expect, test } from "bun:test";
import { connect, entries, refuses, UNKNOWN } from "./neutron.ts";

const neutron = await connect();

test("the version document names v2.0 as the current one", async () => {
  const { status, body } = await neutron.call("GET", "/");
  expect(status).toBe(200);
  expect(body.versions).toMatchObject([{ id: "v2.0", status: "CURRENT" }]);
});

test("/v2.0/ lists the core resources", async () => {
  const { body } = await neutron.call("GET", "/v2.0/");
  expect(body.resources).toMatchObject([
    { name: "network", collection: "networks" },
    { name: "subnet", collection: "subnets" },
    { name: "subnetpool", collection: "subnetpools" },
    { name: "port", collection: "ports" },
  ]);
});

test("the extensions that skynet asks for are there", () => {
  const needed = [
    "agent",
    "binding",
    "dns-integration",
    "filter-validation",
    "network-ip-availability",
    "port-security",
    "provider",
    "quota_details",
    "quotas",
    "revision-if-match",
    "router",
    "security-group",
    "standard-attr-revisions",
    "standard-attr-tag",
  ];
  expect(needed.filter((alias) => !neutron.extensions.has(alias))).toEqual([]);
});

test("one extension has an alias and a name", async () => {
  const { status, body } = await neutron.call("GET", "/v2.0/extensions/binding");
  expect(status).toBe(200);
  expect(body.extension).toMatchObject({ alias: "binding", links: [] });
});

test("agents say who they are", async () => {
  for (const agent of entries(await neutron.call("GET", "/v2.0/agents"), "agents")) {
    expect(agent).toMatchObject({
      id: expect.any(String),
      agent_type: expect.any(String),
      host: expect.any(String),
      alive: expect.any(Boolean),
      configurations: expect.any(Object),
    });
  }
});

test("an unknown agent, path and method", async () => {
  refuses(
    await neutron.call("GET", `/v2.0/agents/${UNKNOWN}`),
    404,
    "AgentNotFound",
    `Agent ${UNKNOWN} could not be found.`,
  );
  refuses(await neutron.call("GET", "/v2.0/nope"), 404, "HTTPNotFound", "The resource could not be found.");
  refuses(
    await neutron.call("PATCH", "/v2.0/ports", {}),
    405,
    "HTTPMethodNotAllowed",
    "The server could not comply with the request since it is either malformed or otherwise incorrect.",
  );
});

test("every answer carries a request id", async () => {
  const { headers } = await neutron.call("GET", "/v2.0/extensions/binding");
  expect(headers.get("x-openstack-request-id")).toMatch(/^req-[0-9a-f-]{36}$/);
});

test("who names a project without Keystone must name it in the body too", async () => {
  const answer = await neutron.call(
    "POST",
    "/v2.0/networks",
    { network: {} },
    { "X-Project-Id": "contract" },
  );
  refuses(
    answer,
    400,
    "HTTPBadRequest",
    "Running without keystone AuthN requires that tenant_id is specified",
  );
});

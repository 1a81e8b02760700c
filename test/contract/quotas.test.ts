import { describe, expect, test } from "bun:test";
import { connect, type Json, refuses, uniqueName } from "./neutron.ts";

const neutron = await connect();

async function limit(quota: Json): Promise<{ project: string; path: string; answer: Json }> {
  const project = uniqueName();
  const path = `/v2.0/quotas/${project}`;
  const { status, body } = await neutron.call("PUT", path, { quota });
  expect(status).toBe(200);
  neutron.cleanUp(path);
  return { project, path, answer: body };
}

describe("limits", () => {
  test("have defaults, and a PUT answers all of them", async () => {
    const { path, answer } = await limit({ port: 2 });
    const quota = {
      network: 100,
      subnet: 100,
      subnetpool: -1,
      port: 2,
      router: 10,
      floatingip: 50,
      rbac_policy: 10,
      security_group: 10,
      security_group_rule: 100,
      trunk: -1,
    };
    expect(answer).toEqual({ quota });
    expect((await neutron.call("GET", path)).body).toEqual({ quota });
  });

  test("go back to the defaults with DELETE", async () => {
    const { project, path } = await limit({ port: 0 });
    expect((await neutron.call("DELETE", path)).status).toBe(204);
    expect((await neutron.call("GET", path)).body.quota).toMatchObject({ port: 500 });
    refuses(
      await neutron.call("DELETE", path),
      404,
      "TenantQuotaNotFound",
      `Quota for tenant ${project} could not be found.`,
    );
  });

  test.each([
    [
      { port: -5 },
      "HTTPBadRequest",
      "Invalid input for port. Reason: '-5' is too small - must be at least '-1'.",
    ],
    [{ zz: 5 }, "HTTPBadRequest", "Unrecognized attribute(s) 'zz'"],
    [{ port: "a" }, "InvalidInput", "Invalid input for operation: 'a' is not an integer."],
  ])("%p is refused", async (quota, type, message) => {
    refuses(await neutron.call("PUT", `/v2.0/quotas/${uniqueName()}`, { quota }), 400, type, message);
  });
});

describe("over the limit", () => {
  const post = (body: Json) => neutron.call("POST", "/v2.0/ports", body);

  test("no port, single or bulk, and the details say why", async () => {
    const { project, path } = await limit({ port: 2 });
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const port = { network_id: id, project_id: project, security_groups: [] };
    expect((await post({ port })).status).toBe(201);
    const refusal = [409, "OverQuota", "Quota exceeded for resources: ['port']."] as const;
    refuses(await post({ ports: [port, port] }), ...refusal);
    expect((await post({ port })).status).toBe(201);
    refuses(await post({ port }), ...refusal);
    const { body } = await neutron.call("GET", `${path}/details.json`);
    expect((body.quota as Json).port).toEqual({ limit: 2, used: 2, reserved: 0 });
    const { body: list } = await neutron.call("GET", `/v2.0/security-groups?project_id=${project}&fields=id`);
    for (const group of list.security_groups as Json[]) neutron.cleanUp(`/v2.0/security-groups/${group.id}`);
  });

  test("a port deleted makes room", async () => {
    const { project } = await limit({ port: 1 });
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const port = { network_id: id, project_id: project, port_security_enabled: false };
    const { body } = await post({ port });
    expect((await post({ port })).status).toBe(409);
    await neutron.call("DELETE", `/v2.0/ports/${(body.port as Json).id}`);
    expect((await post({ port })).status).toBe(201);
  });

  test("0 is none at all", async () => {
    const { project } = await limit({ network: 0 });
    refuses(
      await neutron.call("POST", "/v2.0/networks", { network: { project_id: project } }),
      409,
      "OverQuota",
      "Quota exceeded for resources: ['network'].",
    );
  });
});

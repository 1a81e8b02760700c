import { expect, test } from "bun:test";
import { ample, inTurn, noauthNeutron, serve } from "../test-support.ts";
import { listExtensions } from "./extensions.ts";
import { getNetwork, listNetworks } from "./networks.ts";
import { getQuotaDetails } from "./quotas.ts";
import { listSecurityGroups } from "./security-groups.ts";
import { getSubnet, listSubnets } from "./subnets.ts";
import { replaceTags } from "./tags.ts";

test("a collection is read to its last page, whatever host the links name", async () => {
  const link = (marker: string) => [
    { rel: "previous", href: "http://inside/v2.0/networks?page_reverse=True" },
    { rel: "next", href: `http://inside:1/v2.0/networks?limit=1&name=a&marker=${marker}` },
  ];
  await using server = await serve(
    inTurn(
      { body: { networks: [{ id: "1", name: "a" }], networks_links: link("1") } },
      { body: { networks: [{ id: "2", name: "a" }], networks_links: link("2") } },
      { body: { networks: [{ id: "3", name: "a" }], networks_links: [] } },
    ),
  );
  const networks = await listNetworks(noauthNeutron(server.url), { name: "a" }, ample());
  expect(networks.map(({ id }) => id)).toEqual(["1", "2", "3"]);
  expect(server.requests.map(({ query }) => query.get("marker"))).toEqual([null, "1", "2"]);
  expect(server.requests[0]?.query.getAll("fields")).toContain("mtu");
});

test("links that lead in a circle end", async () => {
  const links = [{ rel: "next", href: "http://x/v2.0/networks?marker=1" }];
  await using server = await serve(() => ({ body: { networks: [{ id: "1" }], networks_links: links } }));
  expect(await listNetworks(noauthNeutron(server.url), {}, ample())).toHaveLength(2);
});

test("items that a Neutron gives although the filter forbids them are dropped", async () => {
  const mixed = [
    { id: "1", name: "a", network_id: "n", project_id: "p" },
    { id: "2", name: "b", network_id: "m", project_id: "q" },
  ];
  await using server = await serve(() => ({
    body: { networks: mixed, subnets: mixed, security_groups: mixed },
  }));
  const neutron = noauthNeutron(server.url);
  expect(await listNetworks(neutron, { name: "a" }, ample())).toHaveLength(1);
  expect(await listSubnets(neutron, { network_id: "n" }, ample())).toHaveLength(1);
  expect(await listSecurityGroups(neutron, { project_id: "p" }, ample())).toHaveLength(1);
  expect(server.calls).toEqual(["GET /v2.0/networks", "GET /v2.0/subnets", "GET /v2.0/security-groups"]);
  expect(server.requests.map(({ query }) => query.get("network_id"))).toEqual([null, "n", null]);
});

test("single objects are read by id", async () => {
  await using server = await serve(({ path }) =>
    path.includes("networks") ? { body: { network: { id: "n" } } } : { body: { subnet: { id: "s" } } },
  );
  const neutron = noauthNeutron(server.url);
  expect((await getNetwork(neutron, "n/../x", ample())).id).toBe("n");
  expect((await getSubnet(neutron, "s", ample())).id).toBe("s");
  expect(server.calls).toEqual(["GET /v2.0/networks/n%2F..%2Fx", "GET /v2.0/subnets/s"]);
});

test("an answer without the object is told", async () => {
  await using server = await serve(() => ({ body: { versions: [] } }));
  await expect(getNetwork(noauthNeutron(server.url), "n", ample())).rejects.toThrow(
    `GET ${server.url}/v2.0/networks/n failed (200): the answer has no "network"`,
  );
});

test("extensions are listed by alias", async () => {
  await using server = await serve(() => ({ body: { extensions: [{ alias: "b" }, { alias: "a" }] } }));
  expect(await listExtensions(noauthNeutron(server.url).session, ample())).toEqual(["a", "b"]);
});

test("tags are replaced as a whole", async () => {
  await using server = await serve(() => ({ body: { tags: ["a"] } }));
  await replaceTags(noauthNeutron(server.url), "ports", "p1", ["a"], ample());
  expect(server.requests[0]).toMatchObject({
    method: "PUT",
    path: "/v2.0/ports/p1/tags",
    body: { tags: ["a"] },
  });
});

test("quotas have limit and use", async () => {
  const quota = { port: { limit: 2, used: 1, reserved: 0 } };
  await using server = await serve(() => ({ body: { quota } }));
  expect((await getQuotaDetails(noauthNeutron(server.url), "p", ample())).port.limit).toBe(2);
  expect(server.calls).toEqual(["GET /v2.0/quotas/p/details.json"]);
});

test("without authentication Neutron is asked whose project requests count for", async () => {
  await using server = await serve(() => ({ body: { tenant: { tenant_id: "fake_project_id" } } }));
  expect(await noauthNeutron(server.url).projectId(ample())).toBe("fake_project_id");
  expect(server.calls).toEqual(["GET /v2.0/quotas/tenant"]);
});

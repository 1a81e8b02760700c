import { expect, test } from "bun:test";
import {
  ample,
  type FakeReply,
  type FakeRequest,
  fakePort,
  inTurn,
  neutronError,
  noauthNeutron,
  serve,
} from "../test-support.ts";
import {
  deletePort,
  listPorts,
  matchesPort,
  type Port,
  type PortFilter,
  updatePort,
  waitForPort,
} from "./ports.ts";

const PORT = fakePort({
  tags: ["skynet", "skynet-cluster=k8s"],
  "binding:host_id": "node1",
  fixed_ips: [
    { subnet_id: "sub-a", ip_address: "10.0.0.5" },
    { subnet_id: "sub-b", ip_address: "fd50::170" },
  ],
});

test.each<[PortFilter, boolean]>([
  [{}, true],
  [{ device_id: "skynet:c1:eth0", network_id: "net-a", name: "default_web" }, true],
  [{ device_id: "skynet:c1" }, false],
  [{ network_id: "net-b" }, false],
  [{ ids: ["other", "11111111-1111-4111-8111-111111111111"] }, true],
  [{ ids: ["other"] }, false],
  [{ ids: [] }, false],
  [{ device_ids: ["other", "skynet:c1:eth0"] }, true],
  [{ device_ids: ["SKYNET:C1:ETH0"] }, false],
  [{ "binding:host_id": "node1" }, true],
  [{ "binding:host_id": "node10" }, false],
  [{ tags: ["skynet"] }, true],
  [{ tags: ["skynet", "skynet-cluster=k8s"] }, true],
  [{ tags: ["skynet", "skynet-cluster=other"] }, false],
  [{ fixed_ip: "10.0.0.5" }, true],
  [{ fixed_ip: "10.0.0.50" }, false],
  [{ fixed_ip: "FD50:0:0::0170" }, true],
  [{ subnet_id: "sub-b" }, true],
  [{ subnet_id: "sub-b", fixed_ip: "10.0.0.5" }, false],
  [{ mac_address: "FA:16:3E:00:00:01" }, true],
  [{ mac_address: "fa:16:3e:00:00:02" }, false],
  [{ device_owner: "network:dhcp" }, false],
  [{ status: "DOWN" }, true],
])("the port matches %j: %p", (filter, matches) => {
  expect(matchesPort(PORT, filter)).toBe(matches);
});

test("what is hidden or absent matches no filter", () => {
  const { tags, "binding:host_id": _host, ...hidden } = PORT;
  expect(tags).toHaveLength(2);
  expect(matchesPort(hidden, { "binding:host_id": "node1" })).toBe(false);
  expect(matchesPort(hidden, { tags: ["skynet"] })).toBe(false);
});

test("ports are listed by filter, and checked again", async () => {
  const other = fakePort({ id: "2", device_id: "other" });
  await using server = await serve(() => ({ body: { ports: [PORT, other] } }));
  const filter = { device_id: PORT.device_id, fixed_ip: "FD50::170", subnet_id: "sub-b", tags: ["skynet"] };
  expect(await listPorts(noauthNeutron(server.url), filter, ample())).toEqual([PORT]);
  const query = server.requests[0]?.query;
  expect(query?.get("device_id")).toBe(PORT.device_id);
  expect(query?.getAll("fixed_ips")).toEqual(["ip_address=fd50::170", "subnet_id=sub-b"]);
  expect(query?.get("tags")).toBe("skynet");
  expect(query?.getAll("fields")).toContain("binding:vif_type");
});

/** A Neutron with every port that it is asked for by id. */
const byId = ({ query }: FakeRequest): FakeReply => ({
  body: { ports: query.getAll("id").map((id) => ({ id, name: `name-${id}` })) },
});

test("many ports are asked for by id in requests that are short enough, each port once", async () => {
  await using server = await serve(byId);
  const ids = Array.from({ length: 300 }, (_, index) => `${index}`.padStart(36, "a"));
  const ports = await listPorts(noauthNeutron(server.url), { ids: [...ids, ...ids] }, ample());
  expect(ports.map(({ id }) => id)).toEqual(ids);
  const lengths = server.requests.map(({ query }) => query.toString().length);
  expect(lengths).toHaveLength(3);
  expect(Math.max(...lengths)).toBeWithin(6000, 6145);
});

test("many ports are asked for by device_id in the same way", async () => {
  await using server = await serve(({ query }) => ({
    body: { ports: query.getAll("device_id").map((device_id) => ({ device_id, tags: ["a"] })) },
  }));
  const device_ids = Array.from({ length: 200 }, (_, index) => `skynet:${index}:eth0`.padEnd(70, "x"));
  const ports = await listPorts(noauthNeutron(server.url), { device_ids, tags: ["a"] }, ample(), ["tags"]);
  expect(ports).toHaveLength(200);
  expect(server.requests.every(({ query }) => query.toString().length <= 6144)).toBe(true);
  expect(server.requests.every(({ query }) => query.get("tags") === "a")).toBe(true);
});

test("no ids are no request and no ports", async () => {
  await using server = await serve(byId);
  expect(await listPorts(noauthNeutron(server.url), { ids: [] }, ample())).toEqual([]);
  expect(server.requests).toEqual([]);
});

test("only what is wanted is asked for, and what the answer is checked by", async () => {
  await using server = await serve(() => ({ body: { ports: [{ id: "1", status: "DOWN", tags: ["t"] }] } }));
  const filter = { ids: ["1"], tags: ["t"], fixed_ip: "10.0.0.5" };
  expect(
    await listPorts(noauthNeutron(server.url), { ids: ["1"], tags: ["t"] }, ample(), ["status"]),
  ).toMatchObject([{ status: "DOWN" }]);
  await listPorts(noauthNeutron(server.url), { ...filter, ids: ["2"] }, ample(), ["status", "tags"]);
  expect(server.requests.map(({ query }) => query.getAll("fields"))).toEqual([
    ["status", "id", "tags"],
    ["status", "tags", "id", "fixed_ips"],
  ]);
});

test("a change can depend on the revision", async () => {
  await using server = await serve(
    inTurn({ body: { port: PORT } }, neutronError(412, "RevisionNumberConstraintFailed")),
  );
  const neutron = noauthNeutron(server.url);
  await updatePort(neutron, "p1", { name: "n" }, ample());
  await expect(updatePort(neutron, "p1", { name: "n" }, ample(), 7)).rejects.toMatchObject({
    kind: "revision",
  });
  expect(server.requests.map(({ headers }) => headers["if-match"])).toEqual([undefined, "revision_number=7"]);
  expect(server.requests[1]).toMatchObject({
    method: "PUT",
    path: "/v2.0/ports/p1",
    body: { port: { name: "n" } },
  });
});

test("a change that depends on the revision is not repeated when its answer is lost", async () => {
  await using server = await serve(() => "drop");
  const neutron = noauthNeutron(server.url);
  await expect(updatePort(neutron, "p1", {}, ample(), 7)).rejects.toMatchObject({ ambiguous: true });
  expect(server.requests).toHaveLength(1);
});

test("deleting tells whether there was a port, and fails for other reasons", async () => {
  await using server = await serve(
    inTurn({ status: 204 }, neutronError(404, "PortNotFound"), neutronError(409, "PortInUse")),
  );
  const neutron = noauthNeutron(server.url);
  expect(await deletePort(neutron, "p1", ample())).toBe(true);
  expect(await deletePort(neutron, "p1", ample())).toBe(false);
  await expect(deletePort(neutron, "p1", ample())).rejects.toMatchObject({ kind: "conflict" });
});

test("a 404 that is not Neutron's does not count as deleted", async () => {
  await using server = await serve(() => ({ status: 404, body: "404 page not found" }));
  const deletion = deletePort(noauthNeutron(server.url), "p1", ample());
  await expect(deletion).rejects.toMatchObject({ kind: "unexpected" });
});

const AT_ONCE = { firstMs: 0, longestMs: 0, factor: 1 };
const isActive = ({ status }: Port) => status === "ACTIVE";

test("waiting looks at once, and until the port is as it should be", async () => {
  const down = { body: { port: PORT } };
  await using server = await serve(inTurn({ body: { port: fakePort({ status: "ACTIVE" }) } }, down, down));
  const neutron = noauthNeutron(server.url);
  expect((await waitForPort(neutron, "p1", isActive, ample(), AT_ONCE)).status).toBe("ACTIVE");
  expect(server.requests).toHaveLength(1);
  server.handler = inTurn(down, down, { body: { port: fakePort({ status: "ACTIVE" }) } });
  await waitForPort(neutron, "p1", isActive, ample(), AT_ONCE);
  expect(server.requests).toHaveLength(4);
});

test("a deadline ends the waiting and tells how far the port came", async () => {
  await using server = await serve(() => ({ body: { port: { ...PORT, "binding:vif_type": "bridge" } } }));
  const deadline = new AbortController();
  const passesMeanwhile = () => {
    deadline.abort(new DOMException("the time is over", "TimeoutError"));
    return false;
  };
  const schedule = { firstMs: 600_000, longestMs: 600_000, factor: 1 };
  const waiting = waitForPort(noauthNeutron(server.url), "p1", passesMeanwhile, deadline.signal, schedule);
  await expect(waiting).rejects.toThrow(
    'at the deadline the port is still DOWN (binding bridge, host "node1")',
  );
});

test("a port that is deleted meanwhile ends the waiting", async () => {
  await using server = await serve(inTurn({ body: { port: PORT } }, neutronError(404, "PortNotFound")));
  const waiting = waitForPort(noauthNeutron(server.url), "p1", isActive, ample(), AT_ONCE);
  await expect(waiting).rejects.toMatchObject({ kind: "notFound" });
});

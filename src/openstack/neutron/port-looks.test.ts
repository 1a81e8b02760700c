import { expect, test } from "bun:test";
import { ample, type FakeReply, fakePort, noauthNeutron, serve } from "../test-support.ts";
import { lookAtPort } from "./port-looks.ts";

/** A Neutron with the ports p1 to p3, whose first answer comes when the test says so. */
async function slowNeutron() {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const server = await serve(async ({ path, query }): Promise<FakeReply> => {
    arrived.resolve();
    if (server.requests.length === 1) await released;
    const single = path.split("/ports/")[1];
    if (single === "p9")
      return { status: 404, body: { NeutronError: { type: "PortNotFound", message: "gone" } } };
    if (single !== undefined) return { body: { port: fakePort({ id: single }) } };
    const ports = query.getAll("id").filter((id) => id !== "p9");
    return { body: { ports: ports.map((id) => fakePort({ id })) } };
  });
  return { server, neutron: noauthNeutron(server.url), arrived: arrived.promise, release };
}

test("those who come while one looks share the next look", async () => {
  const { server, neutron, arrived, release } = await slowNeutron();
  await using _ = server;
  const first = lookAtPort(neutron, "p1", ample());
  await arrived;
  const others = ["p2", "p3", "p2"].map((id) => lookAtPort(neutron, id, ample()));
  release();
  expect((await first).id).toBe("p1");
  expect((await Promise.all(others)).map(({ id }) => id)).toEqual(["p2", "p3", "p2"]);
  expect(server.requests).toHaveLength(2);
  expect(server.requests[1]?.query.getAll("id")).toEqual(["p2", "p3"]);
  await lookAtPort(neutron, "p3", ample());
  expect(server.requests[2]?.path).toEndWith("/ports/p3");
});

test("a port that is gone is an error for who asked for it, and for nobody else", async () => {
  const { server, neutron, arrived, release } = await slowNeutron();
  await using _ = server;
  const first = lookAtPort(neutron, "p1", ample());
  await arrived;
  const gone = lookAtPort(neutron, "p9", ample());
  const there = lookAtPort(neutron, "p3", ample());
  release();
  await first;
  await expect(gone).rejects.toMatchObject({ kind: "notFound" });
  expect((await there).id).toBe("p3");
});

test("who gives up leaves the look to the others, and one that comes later is not given up with it", async () => {
  const { server, neutron, arrived, release } = await slowNeutron();
  await using _ = server;
  const first = lookAtPort(neutron, "p1", ample());
  await arrived;
  const impatient = new AbortController();
  const given = lookAtPort(neutron, "p2", impatient.signal);
  impatient.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  const later = lookAtPort(neutron, "p3", ample());
  release();
  await first;
  expect((await later).id).toBe("p3");
  expect(server.requests).toHaveLength(2);
});

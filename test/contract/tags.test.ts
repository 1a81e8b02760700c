import { describe, expect, test } from "bun:test";
import { connect, type Json, refuses, UNKNOWN } from "./neutron.ts";

const neutron = await connect();

async function tagged(tags: string[]): Promise<string> {
  const { id } = await neutron.network({ v4: "10.9.0.0/24" });
  const port = await neutron.port({ network_id: id });
  const path = `/v2.0/ports/${port.id}/tags`;
  const { status, body } = await neutron.call("PUT", path, { tags });
  expect(status).toBe(200);
  expect((body.tags as string[]).toSorted()).toEqual(tags.toSorted());
  return path;
}

describe("a port's tags", () => {
  test("are replaced as a whole, and the port's revision moves", async () => {
    const path = await tagged(["a", "b=c"]);
    await neutron.call("PUT", path, { tags: ["c"] });
    expect((await neutron.call("GET", path)).body).toEqual({ tags: ["c"] });
    const { body } = await neutron.call("GET", path.replace("/tags", ""));
    expect((body.port as Json).tags).toEqual(["c"]);
    expect((body.port as { revision_number: number }).revision_number).toBeGreaterThan(1);
  });

  test("one by one: 201, 204, 404", async () => {
    const path = await tagged(["a"]);
    expect((await neutron.call("PUT", `${path}/x=y`)).status).toBe(201);
    expect((await neutron.call("GET", `${path}/x=y`)).status).toBe(204);
    expect((await neutron.call("DELETE", `${path}/x=y`)).status).toBe(204);
    for (const method of ["GET", "DELETE"]) {
      const answer = await neutron.call(method, `${path}/nope`);
      refuses(answer, 404, "TagNotFound", "Tag nope could not be found.");
    }
    expect((await neutron.call("GET", path)).body).toEqual({ tags: ["a"] });
  });

  test("all at once go with DELETE", async () => {
    const path = await tagged(["a", "b"]);
    expect((await neutron.call("DELETE", path)).status).toBe(204);
    expect((await neutron.call("GET", path)).body).toEqual({ tags: [] });
  });

  test("may be 255 characters long", async () => {
    await tagged(["x".repeat(255)]);
  });

  test.each([
    [{ tags: ["a", "a"] }, "Duplicate items in the list: 'a'"],
    [{ tags: "a" }, "'a' is not a list"],
    [{}, "Invalid tags body"],
  ])("%p is refused", async (body, reason) => {
    const path = await tagged([]);
    refuses(
      await neutron.call("PUT", path, body),
      400,
      "InvalidInput",
      `Invalid input for operation: ${reason}.`,
    );
  });

  test("of an unknown port", async () => {
    refuses(
      await neutron.call("PUT", `/v2.0/ports/${UNKNOWN}/tags`, { tags: ["a"] }),
      404,
      "TagResourceNotFound",
      `Resource ports ${UNKNOWN} could not be found.`,
    );
  });
});

test("a network has tags too", async () => {
  const { id, name } = await neutron.network();
  expect((await neutron.call("PUT", `/v2.0/networks/${id}/tags`, { tags: ["zone=1"] })).status).toBe(200);
  const { body } = await neutron.call("GET", `/v2.0/networks?tags=zone=1&name=${name}`);
  expect(body.networks).toMatchObject([{ id, tags: ["zone=1"] }]);
});

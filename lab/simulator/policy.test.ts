import { beforeAll, describe, expect, test } from "bun:test";
import { client, type Json, started } from "./test-client.ts";

describe("policy", () => {
  const call = client(started({ auth: "headers" }));
  const asAdmin = { "X-User-Id": "root", "X-Project-Id": "owner", "X-Roles": "admin" };
  const asMember = { "X-User-Id": "u", "X-Project-Id": "tenant", "X-Roles": "member,reader" };
  let shared: string;
  let own: string;
  beforeAll(async () => {
    const make = async (network: Json, headers: Record<string, string>, cidr: string) => {
      const { body } = await call("POST", "/v2.0/networks", { network }, headers);
      const network_id = String((body.network as Json).id);
      await call("POST", "/v2.0/subnets", { subnet: { network_id, ip_version: 4, cidr } }, headers);
      return network_id;
    };
    shared = await make({ shared: true }, asAdmin, "10.7.0.0/24");
    own = await make({}, asMember, "10.8.0.0/24");
  });
  const post = (network_id: string, port: Json) =>
    call("POST", "/v2.0/ports", { port: { network_id, ...port } }, asMember);

  const rule = "rule:create_port";
  test.each([
    [{ "binding:host_id": "h" }, `(${rule} and ${rule}:binding:host_id)`],
    [{ "binding:profile": { a: 1 } }, `(${rule} and ${rule}:binding:profile)`],
    [
      { fixed_ips: [{ ip_address: "10.7.0.9" }] },
      `(${rule} and (${rule}:fixed_ips and (${rule}:fixed_ips:ip_address)))`,
    ],
    [{ mac_address: "fa:16:3e:00:00:02" }, `(${rule} and ${rule}:mac_address)`],
    [{ port_security_enabled: false }, `(${rule} and ${rule}:port_security_enabled)`],
    [{ device_owner: "network:x" }, `(${rule} and ${rule}:device_owner)`],
  ])("a member's %p in somebody else's network is 403", async (port, text) => {
    const { status, body } = await post(shared, port);
    expect(status).toBe(403);
    expect(body.NeutronError).toMatchObject({
      type: "PolicyNotAuthorized",
      message: `${text} is disallowed by policy`,
    });
  });

  test("in its own network it may choose address and MAC, and sees no binding", async () => {
    const port = { fixed_ips: [{ ip_address: "10.8.0.9" }], mac_address: "fa:16:3e:00:00:03" };
    const { status, body } = await post(own, port);
    expect(status).toBe(201);
    expect(body.port).toMatchObject({ ...port, fixed_ips: [{ ip_address: "10.8.0.9" }] });
    expect(Object.keys(body.port as Json).filter((name) => /vif|host_id|profile/.test(name))).toEqual([]);
  });

  test("another project's port is not there", async () => {
    const { body } = await post(own, {});
    const path = `/v2.0/ports/${(body.port as Json).id}`;
    const stranger = { ...asMember, "X-Project-Id": "stranger" };
    for (const method of ["GET", "DELETE"]) {
      expect((await call(method, path, undefined, stranger)).status).toBe(404);
    }
  });

  test("nobody is 401", async () => {
    expect((await call("GET", "/v2.0/ports")).status).toBe(401);
  });
});

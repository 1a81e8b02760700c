import { describe, expect, test } from "bun:test";
import { connect, type Json, refuses, UNKNOWN } from "./neutron.ts";

const neutron = await connect();

const put = (id: unknown, port: Json, headers?: Record<string, string>) =>
  neutron.call("PUT", `/v2.0/ports/${id}`, { port }, headers);

async function newPort(attributes: Json = {}): Promise<Json> {
  const { id } = await neutron.network({ v4: "10.9.0.0/24" });
  return neutron.port({ network_id: id, ...attributes });
}

describe("attributes", () => {
  test("change, and the revision moves", async () => {
    const port = await newPort();
    const changes = {
      name: "renamed",
      device_id: "skynet:1:eth0",
      device_owner: "compute:node9",
      dns_name: "a.b",
    };
    const { status, body } = await put(port.id, changes);
    expect(status).toBe(200);
    expect(body.port).toMatchObject({ ...changes, fixed_ips: port.fixed_ips, mac_address: port.mac_address });
    expect((body.port as { revision_number: number }).revision_number).toBeGreaterThan(1);
  });

  test.each([
    [{ network_id: UNKNOWN }, "Cannot update read-only attribute network_id"],
    [{ status: "ACTIVE" }, "Cannot update read-only attribute status"],
    [{ foo: 1 }, "Unrecognized attribute(s) 'foo'"],
  ])("%p is refused", async (changes, message) => {
    const port = await newPort();
    refuses(await put(port.id, changes), 400, "HTTPBadRequest", message);
  });
});

const match = (revision: unknown) => ({ "If-Match": `revision_number=${revision}` });

describe("If-Match", () => {
  test("lets the one who has seen the latest change it, once", async () => {
    const port = await newPort();
    expect((await put(port.id, { name: "first" }, match(port.revision_number))).status).toBe(200);
    const late = await put(port.id, { name: "second" }, match(port.revision_number));
    expect(late.status).toBe(412);
    expect(late.body.NeutronError).toMatchObject({ type: "RevisionNumberConstraintFailed" });
    const { body } = await neutron.call("GET", `/v2.0/ports/${port.id}`);
    expect((body.port as Json).name).toBe("first");
  });

  test("says what was expected and what there is", async () => {
    const port = await newPort();
    refuses(
      await put(port.id, { name: "x" }, match(999)),
      412,
      "RevisionNumberConstraintFailed",
      "Constrained to 999, but current revision is 1",
    );
  });

  test("guards deletion too", async () => {
    const port = await newPort();
    const path = `/v2.0/ports/${port.id}`;
    refuses(
      await neutron.call("DELETE", path, undefined, match(999)),
      412,
      "RevisionNumberConstraintFailed",
      "Constrained to 999, but current revision is 1",
    );
    expect((await neutron.call("DELETE", path, undefined, match(1))).status).toBe(204);
  });

  test("lets a port get its identity in one call, and answers the revision that comes next", async () => {
    const port = await newPort({ device_id: "skynet:pool:1" });
    const identity = {
      name: "default_web-0",
      device_id: "skynet:1:eth0",
      dns_name: "web-0.default",
      description: "skynet-uid=1",
    };
    const { status, body } = await put(port.id, identity, match(port.revision_number));
    expect(status).toBe(200);
    expect(body.port).toMatchObject(identity);
    const again = await put(port.id, { name: "next" }, match((body.port as Json).revision_number));
    expect(again.status).toBe(200);
  });

  test("guards only those who ask for it", async () => {
    const port = await newPort();
    expect((await put(port.id, { name: "first" })).status).toBe(200);
    expect((await put(port.id, { name: "second" })).status).toBe(200);
    expect((await put(port.id, { name: "third" }, match(port.revision_number))).status).toBe(412);
  });

  test("holds although nothing would change", async () => {
    const port = await newPort({ name: "same" });
    expect((await put(port.id, { name: "same" }, match(999))).status).toBe(412);
    expect((await put(port.id, { name: "same" }, match(port.revision_number))).status).toBe(200);
  });

  test("does not outlive new tags", async () => {
    const port = await newPort();
    await neutron.call("PUT", `/v2.0/ports/${port.id}/tags`, { tags: ["skynet"] });
    expect((await put(port.id, { name: "late" }, match(port.revision_number))).status).toBe(412);
  });

  test("that speaks of anything else is no condition", async () => {
    const port = await newPort();
    expect((await put(port.id, { name: "x" }, { "If-Match": "foo" })).status).toBe(200);
  });
});

describe("the revision", () => {
  const revisionOf = (body: Json): number => (body.port as { revision_number: number }).revision_number;

  /** How far an update moves the revision: by its answer, and as read after it. */
  async function moves(port: Json, changes: Json, isConditional = false) {
    const path = `/v2.0/ports/${port.id}`;
    const before = revisionOf((await neutron.call("GET", path)).body);
    const { status, body } = await put(port.id, changes, isConditional ? match(before) : {});
    expect(status).toBe(200);
    const read = revisionOf((await neutron.call("GET", path)).body);
    return { answered: revisionOf(body) - before, read: read - before };
  }

  test("moves with an update of the port's own attributes, and the answer tells", async () => {
    const port = await newPort();
    const identity = { name: "a", device_id: "skynet:1:eth0", dns_name: "a.b", description: "x" };
    for (const changes of [
      identity,
      { name: "b" },
      { device_id: "" },
      { ...identity, security_groups: [] },
    ]) {
      expect(await moves(port, changes)).toEqual({ answered: 1, read: 1 });
      expect(await moves(port, changes, true)).toEqual({ answered: 1, read: 1 });
    }
  });

  test("moves with new addresses and groups, and with the same once more", async () => {
    const port = await newPort();
    const addresses = { fixed_ips: [{ ip_address: "10.9.0.77" }] };
    for (const changes of [addresses, { security_groups: [await neutron.group()] }, { dns_name: "c" }]) {
      expect(await moves(port, changes)).toEqual({ answered: 1, read: 1 });
      expect(await moves(port, changes)).toMatchObject({ read: 1 });
    }
    await neutron.call("DELETE", `/v2.0/ports/${port.id}`);
  });

  test("is one further than the answer tells after a description alone", async () => {
    const port = await newPort();
    expect(await moves(port, { description: "x" })).toEqual({ answered: 1, read: 2 });
    expect(await moves(port, { description: "x" }, true)).toEqual({ answered: 1, read: 2 });
  });

  test("is further than the answer tells after a binding", async () => {
    const port = await newPort({ device_owner: "compute:contract" });
    const { answered, read } = await moves(port, { "binding:host_id": neutron.agentHost ?? "nowhere" });
    expect(read).toBeGreaterThan(answered);
  });
});

describe("addresses", () => {
  test("a wish for the address held keeps it and gives up the others", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24", v6: "fd09::/64" });
    const port = await neutron.port({ network_id: network.id });
    const [four] = port.fixed_ips as { ip_address: string }[];
    const { body } = await put(port.id, { fixed_ips: [{ ip_address: four?.ip_address }] });
    expect((body.port as Json).fixed_ips).toEqual([{ subnet_id: network.v4, ip_address: four?.ip_address }]);
  });

  test("a wish for the subnet keeps the address held there", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    const port = await neutron.port({ network_id: network.id });
    const { body } = await put(port.id, { fixed_ips: [{ subnet_id: network.v4 }] });
    expect((body.port as Json).fixed_ips).toEqual(port.fixed_ips);
  });

  test("another address takes the place of the old one", async () => {
    const port = await newPort();
    const { body } = await put(port.id, { fixed_ips: [{ ip_address: "10.9.0.77" }] });
    expect((body.port as Json).fixed_ips).toMatchObject([{ ip_address: "10.9.0.77" }]);
  });

  test("one in use is refused, and the port keeps its own", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    await neutron.port({ network_id: network.id, fixed_ips: [{ ip_address: "10.9.0.3" }] });
    const port = await neutron.port({ network_id: network.id });
    refuses(
      await put(port.id, { fixed_ips: [{ ip_address: "10.9.0.3" }] }),
      409,
      "IpAddressAlreadyAllocated",
      `IP address 10.9.0.3 already allocated in subnet ${network.v4}`,
    );
    const { body } = await neutron.call("GET", `/v2.0/ports/${port.id}`);
    expect((body.port as Json).fixed_ips).toEqual(port.fixed_ips);
  });
});

describe("security", () => {
  test("groups change", async () => {
    const group = await neutron.group();
    const port = await newPort();
    const { body } = await put(port.id, { security_groups: [group] });
    expect((body.port as Json).security_groups).toEqual([group]);
    expect((await neutron.call("DELETE", `/v2.0/ports/${port.id}`)).status).toBe(204);
  });

  test("an unknown group is refused", async () => {
    const port = await newPort();
    refuses(
      await put(port.id, { security_groups: [UNKNOWN] }),
      404,
      "SecurityGroupNotFound",
      `Security group ${UNKNOWN} does not exist`,
    );
  });

  test("cannot go while groups are there, and goes together with them", async () => {
    const port = await newPort();
    refuses(
      await put(port.id, { port_security_enabled: false }),
      409,
      "PortSecurityPortHasSecurityGroup",
      "Port has security group associated. Cannot disable port security or IP address until security group is removed.",
    );
    const { body } = await put(port.id, { port_security_enabled: false, security_groups: [] });
    expect(body.port).toMatchObject({ port_security_enabled: false, security_groups: [] });
  });

  test("groups cannot come while it is off", async () => {
    const group = await neutron.group();
    const port = await newPort({ port_security_enabled: false });
    refuses(
      await put(port.id, { security_groups: [group] }),
      400,
      "PortSecurityAndIPRequiredForSecurityGroups",
      "Port security must be enabled and port must have an IP address in order to use security groups.",
    );
  });
});

describe("binding", () => {
  test("to a host nobody knows: 201 and 200, with binding_failed", async () => {
    const port = await newPort({ "binding:host_id": "nowhere" });
    expect(port).toMatchObject({
      "binding:host_id": "nowhere",
      "binding:vif_type": "binding_failed",
      status: "DOWN",
    });
    const other = await newPort();
    const { status, body } = await put(other.id, { "binding:host_id": "nowhere" });
    expect(status).toBe(200);
    expect(body.port).toMatchObject({ "binding:host_id": "nowhere", "binding:vif_type": "binding_failed" });
  });

  test("of a bulk create is answered at once", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const ports = [{ network_id: id, "binding:host_id": "nowhere" }, { network_id: id }];
    const { body } = await neutron.call("POST", "/v2.0/ports", { ports });
    expect(body.ports).toMatchObject([
      { "binding:vif_type": "binding_failed" },
      { "binding:vif_type": "unbound" },
    ]);
  });

  test.each([[""], [null]])("to %p undoes it", async (host) => {
    const port = await newPort({ "binding:host_id": "nowhere" });
    const { body } = await put(port.id, { "binding:host_id": host });
    expect(body.port).toMatchObject({ "binding:host_id": "", "binding:vif_type": "unbound" });
  });

  test("that failed is tried again after a change: the revision moves past the answer", async () => {
    const port = await newPort({ "binding:host_id": "nowhere" });
    const { body } = await put(port.id, { name: "again" });
    const answered = (body.port as { revision_number: number }).revision_number;
    const { body: read } = await neutron.call("GET", `/v2.0/ports/${port.id}`);
    expect((read.port as { revision_number: number }).revision_number).toBeGreaterThan(answered);
  });

  test.if(neutron.agentHost !== undefined)("to a host with an agent gives a bridge", async () => {
    const port = await newPort({ "binding:host_id": neutron.agentHost, device_owner: "compute:contract" });
    expect(port).toMatchObject({
      "binding:host_id": neutron.agentHost,
      "binding:vif_type": "bridge",
      "binding:vif_details": { connectivity: "l2", port_filter: true },
      status: "DOWN",
    });
  });

  test.if(neutron.agentHost !== undefined)("to a host with an agent, later, by PUT", async () => {
    const port = await newPort({ device_owner: "compute:contract" });
    const { body } = await put(port.id, { "binding:host_id": neutron.agentHost });
    expect(body.port).toMatchObject({ "binding:host_id": neutron.agentHost, "binding:vif_type": "bridge" });
  });

  test.if(neutron.agentHost !== undefined)("holds the MAC fast", async () => {
    const port = await newPort({ "binding:host_id": neutron.agentHost, device_owner: "compute:contract" });
    const answer = await put(port.id, { mac_address: "fa:16:3e:0d:0e:0f" });
    expect(answer.status).toBe(409);
    expect(answer.body.NeutronError).toMatchObject({ type: "PortBound" });
  });

  test("is no matter for the MAC of an unbound port", async () => {
    const port = await newPort();
    const { body } = await put(port.id, { mac_address: "fa:16:3e:0d:0e:0f" });
    expect((body.port as Json).mac_address).toBe("fa:16:3e:0d:0e:0f");
  });
});

import { describe, expect, test } from "bun:test";
import { connect, type Json, uniqueName } from "./neutron.ts";

const neutron = await connect();

const postMany = (ports: Json[]) => neutron.call("POST", "/v2.0/ports", { ports });

describe("creating", () => {
  test("one: every attribute that skynet reads", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/29" });
    const port = await neutron.port({
      network_id: network.id,
      name: "default_web",
      device_id: "skynet:0123:eth0",
      device_owner: "compute:node9",
      dns_name: "web.default",
    });
    const { body } = await neutron.call("GET", `/v2.0/ports/${port.id}`);
    const { id, fixed_ips, mac_address } = port;
    expect(body.port).toMatchObject({ id, fixed_ips, mac_address });
    const [fixed] = fixed_ips as { ip_address: string }[];
    expect(fixed?.ip_address).toMatch(/^10\.9\.0\.[2-6]$/);
    expect(port).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "default_web",
      network_id: network.id,
      tenant_id: "fake_project_id",
      project_id: "fake_project_id",
      mac_address: expect.stringMatching(/^fa:16:3e(:[0-9a-f]{2}){3}$/),
      admin_state_up: true,
      status: "DOWN",
      device_id: "skynet:0123:eth0",
      device_owner: "compute:node9",
      fixed_ips: [{ subnet_id: network.v4, ip_address: expect.any(String) }],
      allowed_address_pairs: [],
      security_groups: [expect.any(String)],
      description: "",
      "binding:vnic_type": "normal",
      "binding:profile": {},
      "binding:host_id": "",
      "binding:vif_type": "unbound",
      "binding:vif_details": {},
      port_security_enabled: true,
      dns_name: "web.default",
      dns_assignment: [
        { ip_address: fixed?.ip_address, hostname: "web.default", fqdn: "web.default.cluster.example." },
      ],
      ip_allocation: "immediate",
      tags: [],
      revision_number: 1,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  test("many at once, in the order given, each with an address of its own", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const names = Array.from({ length: 5 }, () => uniqueName());
    const { status, body } = await postMany(names.map((name) => ({ network_id: id, name })));
    expect(status).toBe(201);
    const ports = body.ports as (Json & { fixed_ips: { ip_address: string }[] })[];
    expect(ports.map((port) => port.name)).toEqual(names);
    expect(new Set(ports.map((port) => port.fixed_ips[0]?.ip_address)).size).toBe(5);
    expect(new Set(ports.map((port) => port.mac_address)).size).toBe(5);
  });

  test("bound to a host: the revision moves once more behind the answer's back", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const tags = neutron.extensions.has("tag-ports-during-bulk-creation") ? { tags: ["a"] } : {};
    const { body } = await postMany([
      { network_id: id },
      { network_id: id, "binding:host_id": "node1", ...tags },
    ]);
    const [plain, bound] = body.ports as { id: string; revision_number: number }[];
    const moves = async (port: typeof plain) => {
      const { body: read } = await neutron.call("GET", `/v2.0/ports/${port?.id}?fields=revision_number`);
      return (read.port as { revision_number: number }).revision_number - Number(port?.revision_number);
    };
    expect([await moves(plain), await moves(bound)]).toEqual([0, 1]);
  });

  test("many with one that cannot be: none is left", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const good = { network_id: id, fixed_ips: [{ ip_address: "10.9.0.30" }] };
    const { status } = await postMany([good, { network_id: id }, good]);
    expect(status).toBe(409);
    const { body } = await neutron.call("GET", `/v2.0/ports?network_id=${id}`);
    expect(body.ports).toEqual([]);
  });

  test("in another project, by admin: its default security group comes with it", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const project = uniqueName();
    const port = await neutron.port({ network_id: id, project_id: project });
    expect(port).toMatchObject({ tenant_id: project, project_id: project });
    const { body } = await neutron.call("GET", `/v2.0/security-groups?project_id=${project}`);
    const groups = body.security_groups as Json[];
    expect(groups).toMatchObject([
      { name: "default", description: "Default security group", project_id: project },
    ]);
    expect(port.security_groups).toEqual([groups[0]?.id]);
    neutron.cleanUp(`/v2.0/security-groups/${groups[0]?.id}`);
    expect((await neutron.call("DELETE", `/v2.0/ports/${port.id}`)).status).toBe(204);
  });

  test("a MAC as given", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const port = await neutron.port({ network_id: id, mac_address: "fa:16:3e:01:02:03" });
    expect(port.mac_address).toBe("fa:16:3e:01:02:03");
  });
});

describe("tags in the body", () => {
  const alias = "tag-ports-during-bulk-creation";

  test.if(neutron.extensions.has(alias))("are set with the extension, single and bulk", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const single = await neutron.port({ network_id: id, tags: ["skynet", "skynet-cluster=k8s"] });
    expect((single.tags as string[]).toSorted()).toEqual(["skynet", "skynet-cluster=k8s"]);
    const { body } = await postMany([{ network_id: id, tags: ["one"] }, { network_id: id }]);
    expect((body.ports as Json[]).map((port) => port.tags)).toEqual([["one"], []]);
  });

  // A real Neutron keeps the extensions it was started with.
  if (neutron.simulator !== undefined || !neutron.extensions.has(alias))
    test("are dropped in silence without it", async () => {
      if (neutron.simulator !== undefined) await neutron.call("POST", "/_sim/settings", { extensions: [] });
      const { id } = await neutron.network({ v4: "10.9.0.0/24" });
      const port = await neutron.port({ network_id: id, tags: ["skynet"] });
      if (neutron.simulator !== undefined) {
        await neutron.call("POST", "/_sim/settings", { extensions: [...neutron.extensions] });
      }
      expect(port.tags).toEqual([]);
      const { body } = await neutron.call("GET", `/v2.0/ports/${port.id}`);
      expect((body.port as Json).tags).toEqual([]);
    });
});

describe("addresses", () => {
  const addressesOf = (port: Json) => port.fixed_ips as { subnet_id: string; ip_address: string }[];

  test("one of each family by default", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24", v6: "fd09::/64" });
    const port = await neutron.port({ network_id: network.id });
    expect(addressesOf(port)).toEqual([
      { subnet_id: network.v4, ip_address: expect.stringMatching(/^10\.9\.0\.\d+$/) },
      { subnet_id: network.v6, ip_address: expect.stringMatching(/^fd09::[0-9a-f:]+$/) },
    ]);
    const [, six] = addressesOf(port);
    expect(port.dns_assignment).toMatchObject([
      {},
      { ip_address: six?.ip_address, hostname: `host-${six?.ip_address.replaceAll(":", "-")}` },
    ]);
  });

  test("by address, by subnet, and by both", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24", v6: "fd09::/64" });
    const get = async (fixed_ips: Json[]) =>
      addressesOf(await neutron.port({ network_id: network.id, fixed_ips }));
    expect(await get([{ ip_address: "10.9.0.20" }])).toEqual([
      { subnet_id: network.v4, ip_address: "10.9.0.20" },
    ]);
    expect(await get([{ subnet_id: network.v6 }])).toEqual([
      { subnet_id: network.v6, ip_address: expect.stringMatching(/^fd09::/) },
    ]);
    expect(await get([{ subnet_id: network.v4, ip_address: "10.9.0.21" }])).toEqual([
      { subnet_id: network.v4, ip_address: "10.9.0.21" },
    ]);
    expect(await get([{ ip_address: "FD09:0:0::0AA" }])).toEqual([
      { subnet_id: network.v6, ip_address: "fd09::aa" },
    ]);
  });

  test("two wishes for one subnet are two addresses", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    const wish = { subnet_id: network.v4 };
    const port = await neutron.port({
      network_id: network.id,
      fixed_ips: [wish, { ...wish, ip_address: "10.9.0.9" }],
    });
    expect(addressesOf(port)).toHaveLength(2);
    expect(addressesOf(port).map((fixed) => fixed.ip_address)).toContain("10.9.0.9");
  });

  test("outside the pool and the gateway's own, if asked for", async () => {
    const network = await neutron.network({
      v4: "10.9.0.0/24",
      subnet: { allocation_pools: [{ start: "10.9.0.10", end: "10.9.0.20" }] },
    });
    for (const ip_address of ["10.9.0.250", "10.9.0.1"]) {
      const port = await neutron.port({ network_id: network.id, fixed_ips: [{ ip_address }] });
      expect(addressesOf(port)).toEqual([{ subnet_id: network.v4, ip_address }]);
    }
  });

  test("none, if none is wanted or the network has no subnet", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    const unaddressed = await neutron.port({ network_id: network.id, fixed_ips: [] });
    expect(unaddressed).toMatchObject({ fixed_ips: [], ip_allocation: "none", dns_assignment: [] });
    const bare = await neutron.network();
    expect(await neutron.port({ network_id: bare.id })).toMatchObject({ fixed_ips: [] });
  });

  test("of a SLAAC subnet come from the MAC", async () => {
    const modes = { ipv6_ra_mode: "slaac", ipv6_address_mode: "slaac", enable_dhcp: true };
    const network = await neutron.network({ v6: "fd09::/64", subnet: modes });
    const port = await neutron.port({ network_id: network.id, mac_address: "fa:16:3e:79:da:9e" });
    expect(addressesOf(port)).toEqual([{ subnet_id: network.v6, ip_address: "fd09::f816:3eff:fe79:da9e" }]);
  });
});

describe("port security", () => {
  test("off: no security groups", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    expect(await neutron.port({ network_id: id, port_security_enabled: false })).toMatchObject({
      port_security_enabled: false,
      security_groups: [],
    });
  });

  test("no groups asked for: none, and security stays on", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    expect(await neutron.port({ network_id: id, security_groups: [] })).toMatchObject({
      port_security_enabled: true,
      security_groups: [],
    });
  });

  test("comes from the network", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24", attributes: { port_security_enabled: false } });
    expect(await neutron.port({ network_id: id })).toMatchObject({
      port_security_enabled: false,
      security_groups: [],
    });
  });

  test("is off for owners of the kind network:", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    expect(await neutron.port({ network_id: id, device_owner: "network:contract" })).toMatchObject({
      port_security_enabled: false,
      security_groups: [],
    });
  });

  test("the groups asked for, and only they", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const group = await neutron.group();
    const port = await neutron.port({ network_id: id, security_groups: [group] });
    expect(port.security_groups).toEqual([group]);
    expect((await neutron.call("DELETE", `/v2.0/ports/${port.id}`)).status).toBe(204);
  });
});

test("deletion: 204 without a body, the address is free again", async () => {
  const { id } = await neutron.network({ v4: "10.9.0.0/24" });
  const fixed_ips = [{ ip_address: "10.9.0.40" }];
  const port = await neutron.port({ network_id: id, fixed_ips });
  const { status, body } = await neutron.call("DELETE", `/v2.0/ports/${port.id}`);
  expect({ status, body }).toEqual({ status: 204, body: {} });
  expect(await neutron.port({ network_id: id, fixed_ips })).toMatchObject({
    fixed_ips: [{ ip_address: "10.9.0.40" }],
  });
});

import { describe, expect, test } from "bun:test";
import { connect, type Json, refuses, UNKNOWN } from "./neutron.ts";

const neutron = await connect();

async function post(attributes: Json) {
  const { id } = await neutron.network();
  return neutron.call("POST", "/v2.0/subnets", { subnet: { network_id: id, ip_version: 4, ...attributes } });
}

describe("what Neutron works out", () => {
  test("gateway and pool of an IPv4 subnet", async () => {
    const { status, body } = await post({ cidr: "10.9.0.0/29" });
    expect(status).toBe(201);
    expect(body.subnet).toMatchObject({
      name: "",
      ip_version: 4,
      enable_dhcp: true,
      gateway_ip: "10.9.0.1",
      cidr: "10.9.0.0/29",
      allocation_pools: [{ start: "10.9.0.2", end: "10.9.0.6" }],
      host_routes: [],
      dns_nameservers: [],
      service_types: [],
      ipv6_ra_mode: null,
      ipv6_address_mode: null,
      subnetpool_id: null,
      tags: [],
      revision_number: 0,
      tenant_id: "fake_project_id",
      project_id: "fake_project_id",
    });
  });

  test("gateway and pool of an IPv6 subnet", async () => {
    const { body } = await post({ ip_version: 6, cidr: "FD09:0::/64" });
    expect(body.subnet).toMatchObject({
      gateway_ip: "fd09::",
      cidr: "fd09::/64",
      allocation_pools: [{ start: "fd09::1", end: "fd09::ffff:ffff:ffff:ffff" }],
    });
  });

  test.each([
    [
      { cidr: "10.12.0.5/24", gateway_ip: null },
      "10.12.0.0/24",
      null,
      [{ start: "10.12.0.1", end: "10.12.0.254" }],
    ],
    [
      { cidr: "10.12.0.0/24", gateway_ip: "10.77.0.1" },
      "10.12.0.0/24",
      "10.77.0.1",
      [{ start: "10.12.0.1", end: "10.12.0.254" }],
    ],
    [
      { cidr: "10.12.0.0/24", gateway_ip: "10.12.0.100" },
      "10.12.0.0/24",
      "10.12.0.100",
      [
        { start: "10.12.0.1", end: "10.12.0.99" },
        { start: "10.12.0.101", end: "10.12.0.254" },
      ],
    ],
  ])("%p", async (attributes, cidr, gateway_ip, allocation_pools) => {
    const { body } = await post(attributes);
    const subnet = body.subnet as Json & { allocation_pools: { start: string }[] };
    const pools = subnet.allocation_pools.toSorted(
      (one, two) => Bun.stringWidth(one.start) - Bun.stringWidth(two.start),
    );
    expect({ ...subnet, allocation_pools: pools }).toMatchObject({ cidr, gateway_ip, allocation_pools });
  });
});

test("routes, nameservers and pools are kept as given", async () => {
  const { body } = await post({
    cidr: "10.12.0.0/24",
    gateway_ip: "10.12.0.1",
    allocation_pools: [{ start: "10.12.0.10", end: "10.12.0.199" }],
    host_routes: [{ destination: "10.99.0.0/16", nexthop: "10.12.0.2" }],
    dns_nameservers: ["10.12.0.53", "10.12.0.54"],
  });
  expect(body.subnet).toMatchObject({
    allocation_pools: [{ start: "10.12.0.10", end: "10.12.0.199" }],
    host_routes: [{ destination: "10.99.0.0/16", nexthop: "10.12.0.2" }],
    dns_nameservers: ["10.12.0.53", "10.12.0.54"],
  });
});

describe("refusals", () => {
  test.each([
    [{ cidr: "zz" }, 400, "InvalidInput", "Invalid input for operation: zz is not in a CIDR format."],
    [
      { cidr: "10.12.0.0/31" },
      400,
      "InvalidInput",
      "Invalid input for operation: Subnet has a prefix length that is incompatible with DHCP service enabled.",
    ],
    [
      { cidr: "fd12::/64" },
      400,
      "InvalidInput",
      "Invalid input for operation: cidr 'fd12::/64' does not match the ip_version '4'.",
    ],
    [{}, 400, "BadRequest", "Bad subnets request: a subnetpool must be specified in the absence of a cidr."],
    [
      { cidr: "10.12.0.0/24", gateway_ip: "10.12.0.0" },
      400,
      "InvalidInput",
      "Invalid input for operation: Gateway is not valid on subnet.",
    ],
    [
      {
        cidr: "10.12.0.0/24",
        gateway_ip: "10.12.0.5",
        allocation_pools: [{ start: "10.12.0.1", end: "10.12.0.9" }],
      },
      409,
      "GatewayConflictWithAllocationPools",
      "Gateway ip 10.12.0.5 conflicts with allocation pool 10.12.0.1-10.12.0.9.",
    ],
    [
      { cidr: "10.12.0.0/24", allocation_pools: [{ start: "10.15.0.1", end: "10.15.0.9" }] },
      400,
      "OutOfBoundsAllocationPool",
      "The allocation pool 10.15.0.1-10.15.0.9 spans beyond the subnet cidr 10.12.0.0/24.",
    ],
    [
      { cidr: "10.12.0.0/24", allocation_pools: [{ start: "10.12.0.9", end: "10.12.0.1" }] },
      400,
      "InvalidAllocationPool",
      "The allocation pool {'start': '10.12.0.9', 'end': '10.12.0.1'} is not valid.",
    ],
    [
      { cidr: "10.12.0.0/24", host_routes: [{ destination: "zz", nexthop: "1" }] },
      400,
      "HTTPBadRequest",
      "Invalid input for host_routes. Reason: 'zz' is not a valid CIDR.",
    ],
    [
      { cidr: "10.12.0.0/24", dns_nameservers: ["zz"] },
      400,
      "HTTPBadRequest",
      "Invalid input for dns_nameservers. Reason: 'zz' is not a valid nameserver. 'zz' is not a valid IP address.",
    ],
  ])("%p", async (attributes, status, type, message) => {
    refuses(await post(attributes), status, type, message);
  });

  test("a range that overlaps another of the network", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/29" });
    const subnet = { network_id: id, ip_version: 4, cidr: "10.9.0.0/24" };
    refuses(
      await neutron.call("POST", "/v2.0/subnets", { subnet }),
      400,
      "InvalidInput",
      `Invalid input for operation: Requested subnet with cidr: 10.9.0.0/24 for network: ${id} overlaps with another subnet.`,
    );
  });

  test("an unknown network", async () => {
    const subnet = { network_id: UNKNOWN, ip_version: 4, cidr: "10.9.0.0/24" };
    refuses(
      await neutron.call("POST", "/v2.0/subnets", { subnet }),
      404,
      "NetworkNotFound",
      `Network ${UNKNOWN} could not be found.`,
    );
  });
});

test("an update changes what it names and moves the revision", async () => {
  const { v4 } = await neutron.network({ v4: "10.9.0.0/24" });
  const subnet = { dns_nameservers: ["10.9.0.53"], name: "renamed" };
  const { status, body } = await neutron.call("PUT", `/v2.0/subnets/${v4}`, { subnet });
  expect(status).toBe(200);
  expect(body.subnet).toMatchObject({ ...subnet, gateway_ip: "10.9.0.1", revision_number: 1 });
});

describe("deletion", () => {
  test("is refused while a port holds an address", async () => {
    const { id, v4 } = await neutron.network({ v4: "10.9.0.0/24" });
    await neutron.port({ network_id: id });
    refuses(
      await neutron.call("DELETE", `/v2.0/subnets/${v4}`),
      409,
      "SubnetInUse",
      `Unable to complete operation on subnet ${v4}: One or more ports have an IP allocation from this subnet.`,
    );
  });

  test("of one that is free, then of nothing", async () => {
    const { v4 } = await neutron.network({ v4: "10.9.0.0/24" });
    expect((await neutron.call("DELETE", `/v2.0/subnets/${v4}`)).status).toBe(204);
    const again = await neutron.call("DELETE", `/v2.0/subnets/${v4}`);
    refuses(again, 404, "SubnetNotFound", `Subnet ${v4} could not be found.`);
  });
});

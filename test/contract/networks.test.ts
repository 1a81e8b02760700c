import { describe, expect, test } from "bun:test";
import { connect, entries, type Json, refuses, UNKNOWN, uniqueName } from "./neutron.ts";

const neutron = await connect();

const post = (network: Json) => neutron.call("POST", "/v2.0/networks", { network });

describe("a network", () => {
  test("without provider attributes is VXLAN with the MTU that leaves", async () => {
    const { id, name } = await neutron.network();
    const { body } = await neutron.call("GET", `/v2.0/networks/${id}`);
    expect(body.network).toMatchObject({
      id,
      name,
      tenant_id: "fake_project_id",
      project_id: "fake_project_id",
      admin_state_up: true,
      mtu: 1450,
      status: "ACTIVE",
      subnets: [],
      shared: false,
      port_security_enabled: true,
      dns_domain: "",
      "router:external": false,
      "provider:network_type": "vxlan",
      "provider:physical_network": null,
      "provider:segmentation_id": expect.any(Number),
      description: "",
      tags: [],
      revision_number: 1,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
  });

  test("lists the ids of its subnets, and a subnet moves its revision", async () => {
    const { id, v4, v6 } = await neutron.network({ v4: "10.9.0.0/24", v6: "fd09::/64" });
    const { body } = await neutron.call("GET", `/v2.0/networks/${id}`);
    const { subnets, revision_number } = body.network as { subnets: string[]; revision_number: number };
    expect(subnets.toSorted()).toEqual([v4, v6].toSorted());
    expect(revision_number).toBe(3);
  });

  test("is found by its name, with only the fields asked for", async () => {
    const { id, name } = await neutron.network();
    const answer = await neutron.call("GET", `/v2.0/networks?name=${name}&fields=id&fields=mtu`);
    expect(answer.body).toEqual({ networks: [{ id, mtu: 1450 }] });
  });

  test("takes a smaller MTU, not a bigger one", async () => {
    const { id } = await neutron.network();
    const smaller = await neutron.call("PUT", `/v2.0/networks/${id}`, { network: { mtu: 1400 } });
    expect(smaller.body.network).toMatchObject({ mtu: 1400 });
    refuses(
      await neutron.call("PUT", `/v2.0/networks/${id}`, { network: { mtu: 9000 } }),
      400,
      "InvalidInput",
      "Invalid input for operation: Requested MTU is too big, maximum is 1450.",
    );
  });
});

describe("segments", () => {
  test("a VLAN has the physical MTU, and its id is taken once", async () => {
    const vlan = {
      name: uniqueName(),
      "provider:network_type": "vlan",
      "provider:physical_network": "physnet1",
      "provider:segmentation_id": 177,
    };
    const { body } = await post(vlan);
    const network = body.network as Json;
    neutron.cleanUp(`/v2.0/networks/${network.id}`);
    expect(network).toMatchObject({ mtu: 1500, "provider:segmentation_id": 177 });
    refuses(
      await post(vlan),
      409,
      "VlanIdInUse",
      "Unable to create the network. The VLAN 177 on physical network physnet1 is in use.",
    );
  });

  test("a VXLAN id is taken once", async () => {
    const { id } = await neutron.network();
    const { body } = await neutron.call("GET", `/v2.0/networks/${id}`);
    const vni = (body.network as Json)["provider:segmentation_id"];
    refuses(
      await post({ "provider:network_type": "vxlan", "provider:segmentation_id": vni }),
      409,
      "TunnelIdInUse",
      `Unable to create the network. The tunnel ID ${vni} is in use.`,
    );
  });

  test.each([
    [{ "provider:network_type": "flat" }, "physical_network required for flat provider network"],
    [
      { "provider:network_type": "flat", "provider:physical_network": "zz" },
      "physical_network 'zz' unknown for flat provider network",
    ],
    [{ "provider:network_type": "zz" }, "network_type value 'zz' not supported"],
    [
      {
        "provider:network_type": "vlan",
        "provider:physical_network": "physnet1",
        "provider:segmentation_id": 5000,
      },
      "segmentation_id out of range (1 through 4094)",
    ],
  ])("%p is refused", async (network, reason) => {
    refuses(await post(network), 400, "InvalidInput", `Invalid input for operation: ${reason}.`);
  });
});

describe("deletion", () => {
  test("is refused while a port is there, and says which", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const port = await neutron.port({ network_id: id });
    refuses(
      await neutron.call("DELETE", `/v2.0/networks/${id}`),
      409,
      "NetworkInUse",
      `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, id for these ports is: ${port.id}.`,
    );
  });

  test("takes the subnets along", async () => {
    const { id, v4 } = await neutron.network({ v4: "10.9.0.0/24" });
    expect((await neutron.call("DELETE", `/v2.0/networks/${id}`)).status).toBe(204);
    refuses(
      await neutron.call("GET", `/v2.0/subnets/${v4}`),
      404,
      "SubnetNotFound",
      `Subnet ${v4} could not be found.`,
    );
    refuses(
      await neutron.call("DELETE", `/v2.0/networks/${id}`),
      404,
      "NetworkNotFound",
      `Network ${id} could not be found.`,
    );
  });
});

describe("addresses left", () => {
  test("pools give the total; addresses held, inside them or not, the used", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/29", v6: "fd09::/64" });
    await neutron.port({ network_id: network.id });
    await neutron.port({ network_id: network.id, fixed_ips: [{ ip_address: "10.9.0.1" }] });
    const { body } = await neutron.call("GET", `/v2.0/network-ip-availabilities/${network.id}`);
    const availability = body.network_ip_availability as Json;
    expect(availability).toMatchObject({ network_id: network.id, network_name: network.name, used_ips: 3 });
    const subnets = availability.subnet_ip_availability as Json[];
    expect(subnets.find((subnet) => subnet.ip_version === 4)).toEqual({
      subnet_id: network.v4,
      ip_version: 4,
      cidr: "10.9.0.0/29",
      subnet_name: "",
      used_ips: 2,
      total_ips: 5,
    });
    expect(subnets.find((subnet) => subnet.ip_version === 6)).toMatchObject({
      used_ips: 1,
      total_ips: 2 ** 64,
    });
  });

  test("of an unknown network", async () => {
    const answer = await neutron.call("GET", `/v2.0/network-ip-availabilities/${UNKNOWN}`);
    refuses(answer, 404, "NetworkNotFound", `Network ${UNKNOWN} could not be found.`);
  });

  test("can be asked for by network", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/29" });
    const answer = await neutron.call("GET", `/v2.0/network-ip-availabilities?network_id=${id}`);
    expect(entries(answer, "network_ip_availabilities")).toMatchObject([
      { network_id: id, used_ips: 0, total_ips: 5 },
    ]);
  });
});

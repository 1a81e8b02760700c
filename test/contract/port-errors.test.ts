import { describe, expect, test } from "bun:test";
import { connect, type Json, refuses, type TestNetwork, UNKNOWN } from "./neutron.ts";

const neutron = await connect();

async function post(attributes: Json, network?: TestNetwork) {
  const { id } = network ?? (await neutron.network({ v4: "10.9.0.0/24" }));
  return neutron.call("POST", "/v2.0/ports", { port: { network_id: id, ...attributes } });
}

describe("addresses", () => {
  test("in use", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    const fixed_ips = [{ ip_address: "10.9.0.30" }];
    await neutron.port({ network_id: network.id, fixed_ips });
    refuses(
      await post({ fixed_ips }, network),
      409,
      "IpAddressAlreadyAllocated",
      `IP address 10.9.0.30 already allocated in subnet ${network.v4}`,
    );
  });

  test.each(["10.77.0.250", "10.9.0.255", "10.9.0.0"])(
    "%s is none of the named subnet's",
    async (ip_address) => {
      const network = await neutron.network({ v4: "10.9.0.0/24" });
      refuses(
        await post({ fixed_ips: [{ subnet_id: network.v4, ip_address }] }, network),
        400,
        "InvalidIpForSubnet",
        `IP address ${ip_address} is not a valid IP for the specified subnet.`,
      );
    },
  );

  test.each(["10.77.0.250", "fd77::1"])("%s is none of any subnet's", async (ip_address) => {
    const network = await neutron.network({ v4: "10.9.0.0/24", v6: "fd09::/64" });
    refuses(
      await post({ fixed_ips: [{ ip_address }] }, network),
      400,
      "InvalidIpForNetwork",
      `IP address ${ip_address} is not a valid IP for any of the subnets on the specified network.`,
    );
  });

  test("all taken, whether asked of the network or of the subnet", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/30" });
    await neutron.port({ network_id: network.id });
    for (const wish of [{}, { fixed_ips: [{ subnet_id: network.v4 }] }]) {
      refuses(
        await post(wish, network),
        409,
        "IpAddressGenerationFailure",
        `No more IP addresses available on network ${network.id}.`,
      );
    }
  });

  test("the IPv4 pool empty on a network of both families: no port", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/30", v6: "fd09::/64" });
    await neutron.port({ network_id: network.id });
    expect((await post({}, network)).status).toBe(409);
    expect((await post({ fixed_ips: [{ subnet_id: network.v6 }] }, network)).status).toBe(201);
  });

  test("an unknown subnet, and one of another network", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    const other = await neutron.network({ v4: "10.10.0.0/24" });
    refuses(
      await post({ fixed_ips: [{ subnet_id: UNKNOWN }] }, network),
      404,
      "SubnetNotFound",
      `Subnet ${UNKNOWN} could not be found.`,
    );
    refuses(
      await post({ fixed_ips: [{ subnet_id: other.v4 }] }, network),
      400,
      "InvalidInput",
      `Invalid input for operation: Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${other.v4}.`,
    );
  });

  test("a wish for nothing", async () => {
    refuses(
      await post({ fixed_ips: [{}] }),
      400,
      "InvalidInput",
      "Invalid input for operation: IP allocation requires subnet_id or ip_address.",
    );
  });
});

describe("attributes", () => {
  test.each([
    [{ foo: 1 }, "Unrecognized attribute(s) 'foo'"],
    [{ status: "ACTIVE" }, "Attribute 'status' not allowed in POST"],
    [{ network_id: "nope" }, "Invalid input for network_id. Reason: 'nope' is not a valid UUID."],
    [{ name: 5 }, "Invalid input for name. Reason: '5' is not a valid string."],
    [{ mac_address: "zz" }, "Invalid input for mac_address. Reason: 'zz' is not a valid MAC address."],
    [
      { mac_address: "00:00:00:00:00:00" },
      "Invalid input for mac_address. Reason: '00:00:00:00:00:00' is not a valid MAC address.",
    ],
    [
      { device_id: "x".repeat(256) },
      `Invalid input for device_id. Reason: '${"x".repeat(256)}' exceeds maximum length of 255.`,
    ],
    [
      { "binding:vnic_type": "zz" },
      "Invalid input for binding:vnic_type. Reason: zz is not in valid_values.",
    ],
    [{ security_groups: ["zz"] }, "Invalid input for security_groups. Reason: 'zz' is not a valid UUID."],
    [{ security_groups: "zz" }, "Invalid input for security_groups. Reason: 'zz' is not a list."],
    [
      { security_groups: [UNKNOWN, UNKNOWN] },
      `Invalid input for security_groups. Reason: Duplicate items in the list: '${UNKNOWN}'.`,
    ],
    [{ fixed_ips: "zz" }, "Invalid input for fixed_ips. Reason: Invalid data format for fixed IP: 'zz'."],
    [
      { fixed_ips: [{ ip_address: "zz" }] },
      "Invalid input for fixed_ips. Reason: 'zz' is not a valid IP address.",
    ],
    [{ fixed_ips: [{ subnet_id: "1" }] }, "Invalid input for fixed_ips. Reason: '1' is not a valid UUID."],
    [
      { fixed_ips: [{ ip_address: "10.9.0.3" }, { ip_address: "10.9.0.3" }] },
      "Invalid input for fixed_ips. Reason: Duplicate IP address '10.9.0.3'.",
    ],
  ])("%p", async (attributes, message) => {
    refuses(await post(attributes), 400, "HTTPBadRequest", message);
  });

  test("a word that is no boolean", async () => {
    refuses(
      await post({ admin_state_up: "zz" }),
      400,
      "InvalidInput",
      "Invalid input for operation: 'zz' cannot be converted to boolean.",
    );
  });
});

describe("dns_name", () => {
  const long = "a".repeat(64);
  test.each([
    ["-bad-", "Name '-bad-' must not start or end with a hyphen."],
    ["a..b", "Encountered an empty component."],
    ["A_b", "Name 'a_b' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen."],
    ["123.4", "TLD '4' must not be all numeric."],
    [
      `${long}.b`,
      `Name '${long}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen.`,
    ],
  ])("%s", async (dns_name, reason) => {
    refuses(
      await post({ dns_name }),
      400,
      "HTTPBadRequest",
      `Invalid input for dns_name. Reason: '${dns_name.toLowerCase()}' not a valid PQDN or FQDN. Reason: ${reason}`,
    );
  });
});

describe("bodies", () => {
  test.each([
    [{}, "Unable to find 'port' in request body"],
    [{ network: {} }, "Unable to find 'port' in request body"],
    [{ port: {} }, "Failed to parse request. Required attribute 'network_id' not specified"],
    [{ ports: [] }, "Resources required"],
    [{ ports: {} }, "Resources required"],
  ])("%p", async (body, message) => {
    refuses(await neutron.call("POST", "/v2.0/ports", body), 400, "HTTPBadRequest", message);
  });
});

describe("others", () => {
  test("a MAC in use on the network, and free on another", async () => {
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    const mac_address = "fa:16:3e:0a:0b:0c";
    await neutron.port({ network_id: network.id, mac_address });
    refuses(
      await post({ mac_address }, network),
      409,
      "MacAddressInUse",
      `Unable to complete operation for network ${network.id}. The mac address ${mac_address} is in use.`,
    );
    expect((await post({ mac_address })).status).toBe(201);
  });

  test("an unknown network", async () => {
    const answer = await neutron.call("POST", "/v2.0/ports", { port: { network_id: UNKNOWN } });
    refuses(answer, 404, "NetworkNotFound", `Network ${UNKNOWN} could not be found.`);
  });

  test("an unknown security group", async () => {
    refuses(
      await post({ security_groups: [UNKNOWN] }),
      404,
      "SecurityGroupNotFound",
      `Security group ${UNKNOWN} does not exist`,
    );
  });

  test("security groups without port security", async () => {
    const group = await neutron.group();
    refuses(
      await post({ port_security_enabled: false, security_groups: [group] }),
      400,
      "PortSecurityAndIPRequiredForSecurityGroups",
      "Port security must be enabled and port must have an IP address in order to use security groups.",
    );
  });

  test.each(["GET", "DELETE"])("%s of an unknown port", async (method) => {
    for (const id of [UNKNOWN, "nope"]) {
      const answer = await neutron.call(method, `/v2.0/ports/${id}`);
      refuses(answer, 404, "PortNotFound", `Port ${id} could not be found.`);
    }
  });

  test("PUT of an unknown port", async () => {
    const answer = await neutron.call("PUT", `/v2.0/ports/${UNKNOWN}`, { port: { name: "x" } });
    refuses(answer, 404, "PortNotFound", `Port ${UNKNOWN} could not be found.`);
  });
});

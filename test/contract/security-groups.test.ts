import { describe, expect, test } from "bun:test";
import { connect, entries, type Json, refuses, UNKNOWN, uniqueName } from "./neutron.ts";

const neutron = await connect();

const postRule = (rule: Json) =>
  neutron.call("POST", "/v2.0/security-group-rules", {
    security_group_rule: { direction: "ingress", ...rule },
  });

describe("a group", () => {
  test("begins with egress for both families", async () => {
    const id = await neutron.group();
    const { body } = await neutron.call("GET", `/v2.0/security-groups/${id}`);
    const group = body.security_group as Json & { security_group_rules: Json[] };
    expect(group).toMatchObject({
      id,
      stateful: true,
      description: "",
      project_id: "fake_project_id",
      tags: [],
    });
    const rules = group.security_group_rules.toSorted((one, two) =>
      String(one.ethertype) < String(two.ethertype) ? -1 : 1,
    );
    const everything = {
      direction: "egress",
      protocol: null,
      port_range_min: null,
      port_range_max: null,
      remote_ip_prefix: null,
      remote_group_id: null,
      security_group_id: id,
    };
    expect(rules).toMatchObject([
      { ...everything, ethertype: "IPv4" },
      { ...everything, ethertype: "IPv6" },
    ]);
  });

  test("is found by name", async () => {
    const id = await neutron.group();
    const { body } = await neutron.call("GET", `/v2.0/security-groups/${id}?fields=name`);
    const { name } = body.security_group as { name: string };
    const found = await neutron.call("GET", `/v2.0/security-groups?name=${name}&fields=id`);
    expect(found.body).toEqual({ security_groups: [{ id }] });
  });

  test("in use cannot go", async () => {
    const id = await neutron.group();
    const network = await neutron.network({ v4: "10.9.0.0/24" });
    await neutron.port({ network_id: network.id, security_groups: [id] });
    refuses(
      await neutron.call("DELETE", `/v2.0/security-groups/${id}`),
      409,
      "SecurityGroupInUse",
      `Security Group ${id} in use.`,
    );
  });

  test.each(["GET", "DELETE"])("%s of an unknown one", async (method) => {
    refuses(
      await neutron.call(method, `/v2.0/security-groups/${UNKNOWN}`),
      404,
      "SecurityGroupNotFound",
      `Security group ${UNKNOWN} does not exist`,
    );
  });
});

describe("the default group", () => {
  test("is there without being made: ingress from its own members", async () => {
    const groups = entries(
      await neutron.call("GET", "/v2.0/security-groups?name=default&project_id=fake_project_id"),
      "security_groups",
    ) as (Json & { security_group_rules: Json[] })[];
    expect(groups).toHaveLength(1);
    const [group] = groups;
    expect(group).toMatchObject({ name: "default", description: "Default security group" });
    const ingress = group?.security_group_rules.filter((rule) => rule.direction === "ingress") ?? [];
    expect(ingress.map((rule) => rule.remote_group_id)).toEqual([group?.id, group?.id]);
    expect(group?.security_group_rules.filter((rule) => rule.direction === "egress")).toHaveLength(2);
  });

  test("there is only one", async () => {
    refuses(
      await neutron.call("POST", "/v2.0/security-groups", { security_group: { name: "default" } }),
      409,
      "SecurityGroupDefaultAlreadyExists",
      "Default security group already exists.",
    );
  });

  test("comes into being with a project's first network", async () => {
    const project_id = uniqueName();
    const { id } = await neutron.network({ v4: "10.9.0.0/24", attributes: { project_id } });
    const port = await neutron.port({ network_id: id, project_id });
    expect(port.security_groups).toHaveLength(1);
    neutron.cleanUp(`/v2.0/security-groups/${(port.security_groups as string[])[0]}`);
    expect((await neutron.call("DELETE", `/v2.0/ports/${port.id}`)).status).toBe(204);
  });
});

describe("rules", () => {
  test("of both families, and each only once", async () => {
    const security_group_id = await neutron.group();
    const tcp = { security_group_id, protocol: "tcp", port_range_min: 80, port_range_max: 80 };
    const { status, body } = await postRule({ ...tcp, remote_ip_prefix: "0.0.0.0/0" });
    expect(status).toBe(201);
    const rule = body.security_group_rule as Json;
    expect(rule).toMatchObject({
      ...tcp,
      ethertype: "IPv4",
      direction: "ingress",
      remote_ip_prefix: "0.0.0.0/0",
    });
    refuses(
      await postRule({ ...tcp, remote_ip_prefix: "0.0.0.0/0" }),
      409,
      "SecurityGroupRuleExists",
      `Security group rule already exists. Rule id is ${rule.id}.`,
    );
    expect((await postRule({ ...tcp, ethertype: "IPv6", remote_ip_prefix: "::/0" })).status).toBe(201);
    expect((await postRule({ security_group_id, remote_group_id: security_group_id })).status).toBe(201);
  });

  test("icmp in IPv6 is ipv6-icmp", async () => {
    const security_group_id = await neutron.group();
    const { body } = await postRule({ security_group_id, protocol: "icmp", ethertype: "IPv6" });
    expect(body.security_group_rule).toMatchObject({ protocol: "ipv6-icmp" });
  });

  test.each([
    [
      { direction: "zz" },
      400,
      "HTTPBadRequest",
      "Invalid input for direction. Reason: zz is not in valid_values.",
    ],
    [
      { port_range_min: 80, port_range_max: 80 },
      400,
      "SecurityGroupProtocolRequiredWithPorts",
      "Must also specify protocol if port range is given.",
    ],
    [
      { protocol: "tcp", port_range_min: 90, port_range_max: 80 },
      400,
      "SecurityGroupInvalidPortRange",
      "For TCP/UDP protocols, port_range_min must be <= port_range_max",
    ],
    [
      { protocol: "udp", remote_ip_prefix: "fd00::/8" },
      400,
      "SecurityGroupRuleParameterConflict",
      "Conflicting value ethertype IPv4 for CIDR fd00::/8",
    ],
    [
      { security_group_id: UNKNOWN },
      404,
      "SecurityGroupNotFound",
      `Security group ${UNKNOWN} does not exist`,
    ],
  ])("%p is refused", async (rule, status, type, message) => {
    const security_group_id = await neutron.group();
    refuses(await postRule({ security_group_id, ...rule }), status, type, message);
  });

  test("go by their id", async () => {
    const security_group_id = await neutron.group();
    const { body } = await postRule({ security_group_id, protocol: "udp" });
    const path = `/v2.0/security-group-rules/${(body.security_group_rule as Json).id}`;
    expect((await neutron.call("DELETE", path)).status).toBe(204);
    const again = await neutron.call("DELETE", path);
    expect(again.status).toBe(404);
    expect(again.body.NeutronError).toMatchObject({ type: "SecurityGroupRuleNotFound" });
  });
});

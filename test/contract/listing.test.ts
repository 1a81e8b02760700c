import { describe, expect, test } from "bun:test";
import { type Answer, connect, entries, type Json, refuses, UNKNOWN } from "./neutron.ts";

const neutron = await connect();

const names = (answer: Answer): unknown[] => entries(answer, "ports").map((port) => port.name);

/**
 * Three ports on a network of their own, made in one call, named by letters. Each names its addresses: one that Neutron
 * picked could be one that the next port asks for.
 */
async function threePorts() {
  const network = await neutron.network({ v4: "10.9.0.0/24", v6: "fd09::/64" });
  const ports = [
    {
      name: "a",
      device_id: "skynet:1:eth0",
      device_owner: "compute:node9",
      "binding:host_id": "node9",
      fixed_ips: [{ ip_address: "10.9.0.7" }, { ip_address: "fd09::7" }],
    },
    {
      name: "b",
      device_id: "skynet:2:eth0",
      device_owner: "compute:node8",
      fixed_ips: [{ ip_address: "10.9.0.8" }],
    },
    { name: "c", admin_state_up: false, fixed_ips: [{ ip_address: "10.9.0.9" }, { ip_address: "fd09::9" }] },
  ].map((port) => ({ network_id: network.id, ...port }));
  const { body } = await neutron.call("POST", "/v2.0/ports", { ports });
  const list = (query: string) => neutron.call("GET", `/v2.0/ports?network_id=${network.id}&${query}`);
  return { network, made: body.ports as Json[], list };
}

describe("filters", () => {
  test("each says what it keeps", async () => {
    const { network, made, list } = await threePorts();
    await neutron.call("PUT", `/v2.0/ports/${made[0]?.id}/tags`, { tags: ["skynet", "skynet-cluster=k8s"] });
    await neutron.call("PUT", `/v2.0/ports/${made[1]?.id}/tags`, { tags: ["skynet"] });
    const expected: [query: string, names: string[]][] = [
      ["name=a", ["a"]],
      ["name=a&name=b", ["a", "b"]],
      ["name=a&device_id=skynet:2:eth0", []],
      ["device_id=skynet:2:eth0", ["b"]],
      ["device_id=skynet:2:eth0&device_id=skynet:1:eth0&device_id=skynet:9:eth0", ["a", "b"]],
      ["device_id=", ["c"]],
      ["device_owner=compute:node9", ["a"]],
      ["binding:host_id=node9", ["a"]],
      ["status=DOWN", ["a", "b", "c"]],
      ["status=ACTIVE", []],
      ["admin_state_up=true", ["a", "b"]],
      ["admin_state_up=False", ["c"]],
      [`id=${made[2]?.id}`, ["c"]],
      [`id=${made[2]?.id}&id=${made[1]?.id}`, ["b", "c"]],
      ["project_id=fake_project_id", ["a", "b", "c"]],
      ["tenant_id=nobody", []],
      [`mac_address=${String(made[1]?.mac_address).toUpperCase()}`, ["b"]],
      ["fixed_ips=ip_address=10.9.0.8", ["b"]],
      ["fixed_ips=ip_address%3D10.9.0.8", ["b"]],
      ["fixed_ips=ip_address=10.9.0.8&fixed_ips=ip_address=fd09::9", ["b", "c"]],
      [`fixed_ips=subnet_id=${network.v6}`, ["a", "c"]],
      [`fixed_ips=ip_address=10.9.0.9&fixed_ips=subnet_id=${network.v6}`, ["c"]],
      ["fixed_ips=ip_address=10.9.0.99", []],
      // Neutron's database does not tell capitals from small letters.
      ["name=A", ["a"]],
      ["device_id=SKYNET:2:ETH0", ["b"]],
      ["tags=SkyNet", ["a", "b"]],
      ["tags=skynet", ["a", "b"]],
      ["tags=skynet,skynet-cluster=k8s", ["a"]],
      ["tags=skynet&tags=skynet-cluster=k8s", ["a"]],
      ["tags=skynet,other", []],
      ["tags-any=skynet-cluster=k8s,other", ["a"]],
      ["not-tags=skynet-cluster=k8s", ["b", "c"]],
      ["not-tags-any=skynet,other", ["c"]],
    ];
    const got: typeof expected = [];
    for (const [query] of expected) got.push([query, (names(await list(query)) as string[]).toSorted()]);
    expect(got).toEqual(expected);
  });

  test("a security group finds its ports", async () => {
    const { id } = await neutron.network({ v4: "10.9.0.0/24" });
    const group = await neutron.group();
    const port = await neutron.port({ network_id: id, name: "in", security_groups: [group] });
    await neutron.port({ network_id: id, name: "out" });
    expect(names(await neutron.call("GET", `/v2.0/ports?security_groups=${group}`))).toEqual(["in"]);
    expect((await neutron.call("DELETE", `/v2.0/ports/${port.id}`)).status).toBe(204);
  });

  test("an attribute that is none is refused", async () => {
    refuses(
      await neutron.call("GET", "/v2.0/ports?foo=bar"),
      400,
      "HTTPBadRequest",
      "['foo'] is invalid attribute for filtering",
    );
  });

  // A real Neutron keeps the extensions it was started with.
  if (neutron.simulator !== undefined)
    test("without filter-validation it is ignored in silence", async () => {
      const { list } = await threePorts();
      await neutron.call("POST", "/_sim/settings", { extensions: [] });
      const answer = await list("foo=bar");
      await neutron.call("POST", "/_sim/settings", { extensions: [...neutron.extensions] });
      expect(names(answer)).toHaveLength(3);
    });

  test("a value that does not fit is refused", async () => {
    refuses(
      await neutron.call("GET", "/v2.0/ports?admin_state_up=zzz"),
      400,
      "InvalidInput",
      "Invalid input for operation: 'zzz' cannot be converted to boolean.",
    );
    refuses(
      await neutron.call("GET", "/v2.0/ports?fixed_ips=zz"),
      400,
      "InvalidInput",
      "Invalid input for operation: 'zz' is not of the form <key>=[value].",
    );
  });
});

describe("fields", () => {
  test("of a list and of one", async () => {
    const { made, list } = await threePorts();
    const answer = await list("name=a&fields=id&fields=name");
    expect(answer.body).toEqual({ ports: [{ id: made[0]?.id, name: "a" }] });
    const one = await neutron.call("GET", `/v2.0/ports/${made[0]?.id}?fields=status&fields=binding:vif_type`);
    expect(one.body).toEqual({ port: { status: "DOWN", "binding:vif_type": "binding_failed" } });
  });
});

describe("many ids", () => {
  test("are found in one call, in a request line of more than 6 KiB, known or not", async () => {
    const { made } = await threePorts();
    const unknown = Array.from({ length: 160 }, () => crypto.randomUUID());
    const wanted = made.slice(1).map((port) => String(port.id));
    const path = `/v2.0/ports?fields=id&fields=status&${[...unknown, ...wanted].map((id) => `id=${id}`).join("&")}`;
    expect(path.length).toBeGreaterThan(6144);
    const ports = entries(await neutron.call("GET", path), "ports");
    expect(ports).toEqual(wanted.toSorted().map((id) => ({ id, status: "DOWN" })));
  });

  test("that are named twice are answered once", async () => {
    const { made } = await threePorts();
    const id = String(made[0]?.id);
    const answer = await neutron.call("GET", `/v2.0/ports?fields=id&id=${id}&id=${id}`);
    expect(answer.body).toEqual({ ports: [{ id }] });
  });
});

describe("order and pages", () => {
  test("by id, whatever the order of creation", async () => {
    const { made, list } = await threePorts();
    const ids = entries(await list("fields=id"), "ports").map((port) => port.id);
    expect(ids).toEqual(made.map((port) => port.id).toSorted());
  });

  test("by another attribute, either way", async () => {
    const { list } = await threePorts();
    expect(names(await list("sort_key=name&sort_dir=desc"))).toEqual(["c", "b", "a"]);
    expect(names(await list("sort_key=name&sort_dir=asc"))).toEqual(["a", "b", "c"]);
  });

  test("page by page, along the links, comes to all", async () => {
    const { network, made } = await threePorts();
    const seen: unknown[] = [];
    let path: string | undefined = `/v2.0/ports?network_id=${network.id}&limit=2&fields=id`;
    let pages = 0;
    while (path !== undefined) {
      const answer: Answer = await neutron.call("GET", path);
      seen.push(...entries(answer, "ports").map((port) => port.id));
      const links = (answer.body.ports_links ?? []) as { rel: string; href: string }[];
      const next = links.find((link) => link.rel === "next");
      path = next === undefined ? undefined : new URL(next.href).pathname + new URL(next.href).search;
      pages += 1;
    }
    expect(pages).toBe(2);
    expect(seen).toEqual(made.map((port) => port.id).toSorted());
  });

  test("links name the page before and the page after", async () => {
    const { made, list, network } = await threePorts();
    const ids = made.map((port) => String(port.id)).toSorted();
    const { body } = await list("limit=2&fields=id");
    const links = body.ports_links as { rel: string; href: string }[];
    const queries: Json[] = links.map(({ rel, href }) => ({
      rel,
      ...Object.fromEntries(new URL(href).searchParams),
    }));
    const common = { network_id: network.id, limit: "2", fields: "id" };
    expect(queries).toEqual([
      { rel: "next", ...common, marker: ids[1] },
      { rel: "previous", ...common, marker: ids[0], page_reverse: "True" },
    ]);
  });

  test("a page exactly full has a next one, which is empty", async () => {
    const { made, list } = await threePorts();
    const last = made.map((port) => String(port.id)).toSorted()[2];
    const { body } = await list(`limit=3&fields=id`);
    expect((body.ports_links as { rel: string }[]).map((link) => link.rel)).toEqual(["next", "previous"]);
    expect(entries(await list(`limit=3&marker=${last}`), "ports")).toEqual([]);
  });

  test("refusals", async () => {
    refuses(
      await neutron.call("GET", "/v2.0/ports?limit=x"),
      400,
      "BadRequest",
      "Bad limit request: Limit must be an integer 0 or greater and not 'x'.",
    );
    refuses(
      await neutron.call("GET", `/v2.0/ports?limit=2&marker=${UNKNOWN}`),
      404,
      "PortNotFound",
      `Port ${UNKNOWN} could not be found.`,
    );
    refuses(
      await neutron.call("GET", "/v2.0/ports?sort_key=zz&sort_dir=asc"),
      400,
      "HTTPBadRequest",
      "['zz'] is invalid attribute for sort_keys",
    );
  });
});

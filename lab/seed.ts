/**
 * The networks every lab has:
 *
 * | network | kind                        | subnets                                                        |
 * |---------|-----------------------------|----------------------------------------------------------------|
 * | flat1   | flat on physnet1, shared    | 10.50.0.0/24 (pool .10 – .199, a host route, DNS), fd50:0:0:1::/64 |
 * | vlan101 | VLAN 101 on physnet1        | 10.51.0.0/22                                                   |
 * | vx1     | vxlan 1001                  | 10.52.0.0/22, fd52::/64                                        |
 *
 * and the security group `web`, which lets TCP port 80 and ICMP in over IPv4.
 */

export interface SeedOptions {
  /** Neutron's root, such as `http://10.200.0.254:9696`. */
  readonly url: string;
  /** Whose the objects are; default: the caller's. */
  readonly projectId?: string;
}

/** Ids of what was seeded, by name. */
export interface Seeded {
  readonly networks: Record<"flat1" | "vlan101" | "vx1", string>;
  readonly subnets: Record<"flat1-4" | "flat1-6" | "vlan101-4" | "vx1-4" | "vx1-6", string>;
  readonly securityGroups: Record<"web", string>;
}

type Body = Record<string, unknown>;

/** Makes what is missing of the lab's networks and security group. */
export async function seed(options: SeedOptions): Promise<Seeded> {
  const ensure = (collection: string, name: string, body: Body) =>
    ensureNamed(options, collection, { name, ...body });
  const physical = (type: string) => ({
    "provider:network_type": type,
    "provider:physical_network": "physnet1",
  });
  const [flat1, vlan101, vx1, web] = await Promise.all([
    ensure("networks", "flat1", { shared: true, ...physical("flat") }),
    ensure("networks", "vlan101", { ...physical("vlan"), "provider:segmentation_id": 101 }),
    ensure("networks", "vx1", { "provider:network_type": "vxlan", "provider:segmentation_id": 1001 }),
    ensureWeb(options),
  ]);
  const subnet = (network: string, name: string, cidr: string, body: Body = {}) =>
    ensure("subnets", name, {
      network_id: network,
      cidr,
      ip_version: cidr.includes(":") ? 6 : 4,
      enable_dhcp: false,
      ...body,
    });
  const [flat4, flat6, vlan4, vx4, vx6] = await Promise.all([
    subnet(flat1, "flat1-4", "10.50.0.0/24", {
      gateway_ip: "10.50.0.1",
      allocation_pools: [{ start: "10.50.0.10", end: "10.50.0.199" }],
      host_routes: [{ destination: "10.99.0.0/16", nexthop: "10.50.0.2" }],
      dns_nameservers: ["10.50.0.53"],
    }),
    subnet(flat1, "flat1-6", "fd50:0:0:1::/64"),
    subnet(vlan101, "vlan101-4", "10.51.0.0/22"),
    subnet(vx1, "vx1-4", "10.52.0.0/22"),
    subnet(vx1, "vx1-6", "fd52::/64"),
  ]);
  return {
    networks: { flat1, vlan101, vx1 },
    subnets: { "flat1-4": flat4, "flat1-6": flat6, "vlan101-4": vlan4, "vx1-4": vx4, "vx1-6": vx6 },
    securityGroups: { web },
  };
}

async function ensureWeb(options: SeedOptions): Promise<string> {
  const present = await find(options, "security-groups", "web");
  if (present !== undefined) return present;
  const group = await create(options, "security-groups", {
    name: "web",
    description: "TCP port 80 and ICMP",
  });
  const rule = {
    security_group_id: group,
    direction: "ingress",
    ethertype: "IPv4",
    remote_ip_prefix: "0.0.0.0/0",
  };
  await create(options, "security-group-rules", {
    ...rule,
    protocol: "tcp",
    port_range_min: 80,
    port_range_max: 80,
  });
  await create(options, "security-group-rules", { ...rule, protocol: "icmp" });
  return group;
}

async function ensureNamed(
  options: SeedOptions,
  collection: string,
  body: Body & { name: string },
): Promise<string> {
  return (await find(options, collection, body.name)) ?? create(options, collection, body);
}

async function find(options: SeedOptions, collection: string, name: string): Promise<string | undefined> {
  const answer = await call<Record<string, { id: string; name: string }[]>>(
    options,
    "GET",
    `${collection}?name=${name}`,
  );
  return Object.values(answer)[0]?.find((item) => item.name === name)?.id;
}

async function create(options: SeedOptions, collection: string, body: Body): Promise<string> {
  const singular = collection.replaceAll("-", "_").replace(/s$/, "");
  const owner = options.projectId === undefined ? {} : { project_id: options.projectId };
  const answer = await call<Record<string, { id: string }>>(options, "POST", collection, {
    [singular]: { ...owner, ...body },
  });
  return answer[singular]?.id ?? "";
}

async function call<T>(options: SeedOptions, method: string, path: string, body?: Body): Promise<T> {
  const response = await fetch(`${options.url}/v2.0/${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    signal: AbortSignal.timeout(60_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

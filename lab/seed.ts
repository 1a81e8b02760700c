/**
 * The demo networks, the same on the simulator and on real Neutron: `bun lab/seed.ts http://HOST:9696 [TOKEN]`.
 * - flat1: provider flat on physnet1, 10.50.0.0/24 and fd50:0:0:1::/64, shared;
 * - vlan101: provider VLAN 101 on physnet1, 10.51.0.0/22 and fd51::/64;
 * - vx1: VXLAN 1001, 10.52.0.0/22 and fd52::/64;
 * - vlan102: VLAN 102, 10.53.0.0/22 and fd53::/64, and vx2: VXLAN 1002, 10.54.0.0/22 and fd54::/64: for seeing that
 *   networks are apart;
 * - security group web: TCP 80 and ICMP from anywhere, both families.
 */

export interface SeededNetwork {
  id: string;
  /** Subnet ids by IP version. */
  subnets: { 4: string; 6?: string };
}

export interface Seeded {
  flat1: SeededNetwork;
  vlan101: SeededNetwork;
  vlan102: SeededNetwork;
  vx1: SeededNetwork;
  vx2: SeededNetwork;
  /** The security group's id. */
  web: string;
}

export type Overlay = "vxlan" | "geneve";

type Item = Record<string, unknown>;

/** Milliseconds for one call: real Neutron is slow while it starts. */
const CALL_TIMEOUT = 60_000;

const NETWORKS = {
  flat1: { shared: true, "provider:network_type": "flat", "provider:physical_network": "physnet1" },
  vlan101: vlan(101),
  vlan102: vlan(102),
  vx1: { "provider:segmentation_id": 1001 },
  vx2: { "provider:segmentation_id": 1002 },
} as const;

function vlan(id: number): Item {
  return {
    "provider:network_type": "vlan",
    "provider:physical_network": "physnet1",
    "provider:segmentation_id": id,
  };
}

const SUBNETS: Record<keyof typeof NETWORKS, Item[]> = {
  flat1: [
    {
      name: "flat1-4",
      ip_version: 4,
      cidr: "10.50.0.0/24",
      gateway_ip: "10.50.0.1",
      allocation_pools: [{ start: "10.50.0.10", end: "10.50.0.199" }],
      host_routes: [{ destination: "10.99.0.0/16", nexthop: "10.50.0.2" }],
      dns_nameservers: ["10.50.0.53"],
    },
    { name: "flat1-6", ip_version: 6, cidr: "fd50:0:0:1::/64", gateway_ip: "fd50:0:0:1::1" },
  ],
  vlan101: both("vlan101", "10.51.0", "fd51::"),
  vlan102: both("vlan102", "10.53.0", "fd53::"),
  vx1: both("vx1", "10.52.0", "fd52::"),
  vx2: both("vx2", "10.54.0", "fd54::"),
};

/** A subnet of each family (/22 and /64) from how its addresses begin, whose gateway is the first one. */
function both(network: string, four: string, six: string): Item[] {
  return [
    { name: `${network}-4`, ip_version: 4, cidr: `${four}.0/22`, gateway_ip: `${four}.1` },
    { name: `${network}-6`, ip_version: 6, cidr: `${six}/64`, gateway_ip: `${six}1` },
  ];
}

const RULES: Item[] = [
  {
    ethertype: "IPv4",
    protocol: "tcp",
    port_range_min: 80,
    port_range_max: 80,
    remote_ip_prefix: "0.0.0.0/0",
  },
  { ethertype: "IPv6", protocol: "tcp", port_range_min: 80, port_range_max: 80, remote_ip_prefix: "::/0" },
  { ethertype: "IPv4", protocol: "icmp", remote_ip_prefix: "0.0.0.0/0" },
  { ethertype: "IPv6", protocol: "ipv6-icmp", remote_ip_prefix: "::/0" },
];

/**
 * Makes what is missing and gives the ids of all; call it as often as you like.
 * @param neutronUrl without `/v2.0`
 * @param token for a Neutron behind Keystone
 * @param overlay what carries vx1 and vx2 between nodes: Geneve with OVN
 * @throws Error with Neutron's answer when it refuses
 */
export async function seed(neutronUrl: string, token?: string, overlay: Overlay = "vxlan"): Promise<Seeded> {
  const neutron = new Neutron(neutronUrl, token);
  const network = (name: keyof typeof NETWORKS) => seedNetwork(neutron, name, overlay);
  return {
    flat1: await network("flat1"),
    vlan101: await network("vlan101"),
    vlan102: await network("vlan102"),
    vx1: await network("vx1"),
    vx2: await network("vx2"),
    web: await seedGroup(neutron),
  };
}

async function seedNetwork(
  neutron: Neutron,
  name: keyof typeof NETWORKS,
  overlay: Overlay,
): Promise<SeededNetwork> {
  const id = await neutron.ensure("network", {
    name,
    "provider:network_type": overlay,
    ...NETWORKS[name],
  });
  const subnets: Partial<Record<4 | 6, string>> = {};
  for (const subnet of SUBNETS[name]) {
    const made = await neutron.ensure("subnet", { network_id: id, enable_dhcp: false, ...subnet });
    subnets[subnet.ip_version as 4 | 6] = made;
  }
  const { 4: four, 6: six } = subnets;
  if (four === undefined) throw new Error(`network ${name} has no IPv4 subnet`);
  return { id, subnets: six === undefined ? { 4: four } : { 4: four, 6: six } };
}

async function seedGroup(neutron: Neutron): Promise<string> {
  const id = await neutron.ensure("security_group", {
    name: "web",
    description: "TCP 80 and ICMP from anywhere",
  });
  for (const rule of RULES) await neutron.addRule({ security_group_id: id, direction: "ingress", ...rule });
  return id;
}

class Neutron {
  constructor(
    private readonly url: string,
    private readonly token: string | undefined,
  ) {}

  /** The id of the resource with this name (a subnet's: in its network), made when there is none. */
  async ensure(kind: string, item: Item & { name?: unknown; network_id?: string }): Promise<string> {
    const collection = `${kind}s`;
    const query = new URLSearchParams({ name: String(item.name), fields: "id" });
    if (item.network_id !== undefined) query.set("network_id", item.network_id);
    const { body: found } = await this.call("GET", `${collection.replace("_", "-")}?${query}`);
    const [existing] = (found[collection] ?? []) as { id: string }[];
    if (existing !== undefined) return existing.id;
    const { body: made } = await this.call("POST", collection.replace("_", "-"), { [kind]: item });
    return (made[kind] as { id: string }).id;
  }

  /** A rule that is there already is Neutron's 409. */
  async addRule(rule: Item): Promise<void> {
    await this.call("POST", "security-group-rules", { security_group_rule: rule }, [409]);
  }

  private async call(
    method: string,
    path: string,
    body?: Item,
    accepted: number[] = [],
  ): Promise<{ status: number; body: Item }> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (this.token !== undefined) headers["X-Auth-Token"] = this.token;
    const response = await fetch(`${this.url}/v2.0/${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(CALL_TIMEOUT),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && !accepted.includes(response.status)) {
      throw new Error(`${method} ${path}: Neutron answered ${response.status} ${text}`);
    }
    return { status: response.status, body: JSON.parse(text) as Item };
  }
}

if (import.meta.main) {
  const [url, token] = process.argv.slice(2);
  if (url === undefined) throw new Error("usage: bun lab/seed.ts NEUTRON_URL [TOKEN]");
  console.log(JSON.stringify(await seed(url, token), null, 2));
}

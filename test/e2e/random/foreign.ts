/** What is not skynet's, and looks much like it: ports in Neutron, and devices, addresses and routes on the nodes. */

import type { Lab } from "../../../lab/lab.ts";
import { ipBatch, setSysctls } from "../../../lab/namespaces.ts";
import type { Node } from "../../../lab/node.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { Cloud } from "../simulator/cloud.ts";

/** Where foreign things are planted. */
export interface ForeignPlace {
  readonly lab: Lab;
  readonly cloud: Cloud;
  readonly sites: readonly { readonly node: Node }[];
  /** Our cluster, and one of its CNI networks. */
  readonly cluster: string;
  readonly network: string;
  /** The bridge of the pods' network on a node, where it is Neutron's agent's and the tests play the agent. */
  agentBridge(node: Node): string | undefined;
}

/** Each thing by its name, with everything that is known of it as text. */
export type Fingerprint = ReadonlyMap<string, string>;

/** Devices on each node that others have made. */
const DEVICES = ["brqffffffff-ff", "tapffffffff-01", "tapffffffff-02"] as const;

export class Foreign {
  readonly portIds: ReadonlySet<string>;
  readonly #place: ForeignPlace;
  readonly #routerId: string;

  private constructor(place: ForeignPlace, portIds: Iterable<string>, routerId: string) {
    this.#place = place;
    this.portIds = new Set(portIds);
    this.#routerId = routerId;
  }

  /** Undo: {@link remove}. */
  static async create(place: ForeignPlace): Promise<Foreign> {
    const { flat1 } = place.lab.seeded;
    for (const { node } of place.sites) await addDevices(node, place.agentBridge(node));
    const { ports } = await place.cloud.call<{ ports: { id: string }[] }>("POST", "/v2.0/ports", {
      ports: foreignPorts(flat1.id, place),
    });
    const { router } = await place.cloud.call<{ router: { id: string } }>("POST", "/v2.0/routers", {
      router: { name: "foreign" },
    });
    const { port_id } = await place.cloud.call<{ port_id: string }>(
      "PUT",
      `/v2.0/routers/${router.id}/add_router_interface`,
      { subnet_id: flat1.subnets[4] },
    );
    const foreign = new Foreign(place, [...ports.map(({ id }) => id), port_id], router.id);
    await foreign.#settled();
    return foreign;
  }

  async fingerprint(): Promise<Fingerprint> {
    const ports = (await this.#place.cloud.ports()).filter(({ id }) => this.portIds.has(id));
    const devices = await Promise.all(this.#place.sites.map(({ node }) => this.#deviceLines(node)));
    return new Map([
      ...ports.map((port) => [`port ${port.id} (${port.name})`, JSON.stringify(port)] as const),
      ...devices.flat(),
    ]);
  }

  async remove(): Promise<void> {
    const { cloud, lab, sites } = this.#place;
    const router = `/v2.0/routers/${this.#routerId}`;
    await cloud.call("PUT", `${router}/remove_router_interface`, { subnet_id: lab.seeded.flat1.subnets[4] });
    await cloud.call("DELETE", router);
    for (const { id } of await cloud.ports()) {
      if (this.portIds.has(id)) await cloud.call("DELETE", `/v2.0/ports/${id}`);
    }
    const [bridge, tap] = DEVICES;
    for (const { node } of sites) {
      const agentBridge = this.#place.agentBridge(node);
      const devices = [bridge, tap, ...(agentBridge === undefined ? [] : [agentBridge])];
      await ipBatch(
        node.namespace,
        devices.map((name) => `link del ${name}`),
      );
    }
  }

  async #deviceLines(node: Node): Promise<(readonly [string, string])[]> {
    const agentBridge = this.#place.agentBridge(node);
    const names = ["eth0", ...DEVICES, ...(agentBridge === undefined ? [] : [agentBridge, "eth1"])];
    return Promise.all(
      names.map(async (name) => {
        const addresses = await node.run(["ip", "-json", "address", "show", "dev", name]);
        const routes = await node.run(["ip", "-json", "route", "show", "table", "all", "dev", name]);
        return [`${node.hostname} ${name}`, addresses + routes] as const;
      }),
    );
  }

  /** Links come up, and addresses prove unique, a moment after they are made. */
  async #settled(): Promise<void> {
    let last = "";
    await waitFor("foreign devices at rest", async () => {
      const now = JSON.stringify([...(await this.fingerprint())]);
      const atRest = now === last && !now.includes("tentative");
      last = now;
      return atRest;
    });
  }
}

/** What was destroyed, made or changed between two fingerprints. */
export function differences(before: Fingerprint, after: Fingerprint): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `foreign ${name} was\n  ${before.get(name)}\nand is\n  ${after.get(name)}`);
}

/** Ports with a pod's name, a pod's host or skynet's tags, each of them one thing short of being this cluster's on these nodes. */
function foreignPorts(networkId: string, { cluster: ours, network }: ForeignPlace): object[] {
  const container = (digit: string) => `skynet:${digit.repeat(64)}:eth0`;
  const tags = (cluster: string, ofNetwork: string) => [
    "skynet",
    `skynet-cluster=${cluster}`,
    `skynet-network=${ofNetwork}`,
  ];
  const ports = [
    { name: "default_pod-0", device_owner: "compute:nova", device_id: crypto.randomUUID(), host: "node1" },
    { name: "unbound", device_owner: "", device_id: "" },
    { name: "default_pod-1", device_id: container("a"), host: "node1", tags: tags("elsewhere", network) },
    { name: "default_pod-2", device_id: container("b"), host: "node3", tags: tags(ours, network) },
    { name: "default_pod-3", device_id: container("c"), host: "node1", tags: tags(ours, "another") },
    {
      name: "by hand",
      device_owner: "compute:node1",
      device_id: "by hand",
      host: "node1",
      tags: tags(ours, network),
    },
  ];
  return ports.map(({ host, ...port }) => ({
    device_owner: `compute:${host}`,
    ...port,
    network_id: networkId,
    ...(host === undefined ? {} : { "binding:host_id": host }),
  }));
}

/** Another network's bridge as Neutron's agent makes it, with a machine's tap in it; on request the pods' network's, too. */
async function addDevices(node: Node, agentBridge: string | undefined): Promise<void> {
  const [bridge, tap, peer] = DEVICES;
  const bridges = [bridge, ...(agentBridge === undefined ? [] : [agentBridge])];
  await ipBatch(node.namespace, [
    ...bridges.map((name) => `link add ${name} type bridge forward_delay 0`),
    `link add ${tap} type veth peer name ${peer}`,
  ]);
  const silent = [...bridges, tap, peer].map((name) => [`net.ipv6.conf.${name}.disable_ipv6`, 1] as const);
  await setSysctls(node.namespace, Object.fromEntries(silent));
  await ipBatch(node.namespace, [
    `link set ${tap} master ${bridge} up`,
    `link set ${peer} up`,
    ...(agentBridge === undefined ? [] : [`link set eth1 master ${agentBridge}`]),
    ...bridges.map((name) => `link set ${name} up`),
    `address add 192.0.2.1/24 dev ${bridge}`,
    `route add 198.51.100.0/24 via 192.0.2.254 dev ${bridge}`,
  ]);
}

/** A network beside a cell's own that shares its node, so that it can be seen whether the two are apart. */
import { ipBatch } from "../../../lab/namespaces.ts";
import type { Scene } from "../neutron/scene.ts";
import type { Cell } from "./cells.ts";
import { extraNic, hasExtraNic } from "./places.ts";

/** The physical network, beside physnet1, that Neutron's configuration in the lab allows flat networks on. */
const extraPhysicalNetwork = "ext";

/**
 * The id of one of the same type as the cell's where there can be two; beside a flat network of whatever else the
 * wiring can do. Where that is nothing but a second flat network, it gets a NIC and a wire of its own.
 */
export async function otherNetwork(scene: Scene, cell: Cell, nodes: readonly number[]): Promise<string> {
  const { vlan102, vx2 } = scene.lab.seeded;
  if (cell.network === "flat" && hasExtraNic(cell)) return secondFlatNetwork(scene, nodes);
  const beside = cell.network === "flat" && cell.wiring === "openvswitch";
  return cell.network === "vlan" || beside ? vlan102.id : vx2.id;
}

async function secondFlatNetwork(scene: Scene, nodes: readonly number[]): Promise<string> {
  for (const index of nodes) await addExtraNic(scene, index);
  const { id } = await scene.make<{ id: string }>("network", {
    name: "flat2",
    "provider:network_type": "flat",
    "provider:physical_network": extraPhysicalNetwork,
  });
  const subnet = { network_id: id, ip_version: 4, cidr: "10.55.0.0/24", enable_dhcp: false };
  await scene.make("subnet", subnet);
  return id;
}

/** A NIC on a wire that leads to no other node: what is on it can reach the rest only by a mistake on the node. */
async function addExtraNic(scene: Scene, index: number): Promise<void> {
  const { namespace } = scene.lab.node(index);
  await ipBatch(namespace, [
    `link add ${extraNic} type veth peer name ${extraNic}-far`,
    `link set ${extraNic} up`,
    `link set ${extraNic}-far up`,
  ]);
  scene.defer(() => ipBatch(namespace, [`link del ${extraNic}`]));
}

/**
 * The bridges of a node with Open vSwitch:
 *
 * - `br-int`, where pods are plugged in;
 * - `br-phys` with the NIC of the physical network: Neutron's agents connect br-int to it;
 * - `br-under` with the NIC for tunnels and its address, with the userspace datapath alone: that one finds tunnels' ends
 *   only behind a bridge of its own, see "Connecting VMs Using Tunnels (Userspace)" in Open vSwitch's documentation.
 */
import { type LabLayout, physicalInterface, tunnelInterface } from "../layout.ts";
import { ipBatch } from "../namespaces.ts";
import type { DatapathType } from "./datapath.ts";

export const integrationBridge = "br-int";
export const physicalBridge = "br-phys";
const underlayBridge = "br-under";

type Vsctl = (...argv: string[]) => Promise<string>;

/** Makes what is missing of the bridges of node `index`, and puts the tunnels' address where it belongs. */
export async function addBridges(
  layout: LabLayout,
  index: number,
  datapath: DatapathType,
  vsctl: Vsctl,
): Promise<void> {
  const bridge = (name: string) => [
    ...["--", "--may-exist", "add-br", name],
    ...["--", "set", "bridge", name, `datapath_type=${datapath}`],
  ];
  const uplink = (name: string, nic: string) => ["--", "--may-exist", "add-port", name, nic];
  await vsctl(
    ...bridge(integrationBridge),
    ...bridge(physicalBridge),
    ...uplink(physicalBridge, physicalInterface),
    ...(datapath === "netdev" ? [...bridge(underlayBridge), ...uplink(underlayBridge, tunnelInterface)] : []),
  );
  if (datapath !== "netdev") return;
  await ipBatch(layout.node(index), [
    `address flush dev ${tunnelInterface}`,
    `address replace ${layout.tunnelAddress(index)}/24 dev ${underlayBridge}`,
    `link set ${underlayBridge} up`,
  ]);
}

/**
 * The matrix: every combination of wiring, type of network and who filters that skynet knows, and the lab that proves
 * it. Tests, table and the check that nothing is missing all read this one list; a further cell is a further row.
 */

import type { Backend } from "../../../lab/layout.ts";
import type { NodeKind } from "../../../lab/node-kinds.ts";

interface CellLab {
  readonly backend: Backend;
  readonly nodes: readonly NodeKind[];
  /** Runs in User Mode Linux, which has what this machine's kernel may lack. */
  readonly secondKernel: boolean;
}

/**
 * Labs that run cells, each in one go: see the test file of that name. Where nobody but skynet wires, Neutron does no
 * more than keep books: in the slow second kernel its simulator does, on this one Neutron itself.
 */
export const labs = {
  neutron: {
    backend: "neutron",
    // Tests that know no kinds use the first two, so those are Open vSwitch's here.
    nodes: pairs("openvswitch", "linuxbridge", "bare", "bare"),
    secondKernel: false,
  },
  ovn: { backend: "neutron-ovn", nodes: pairs("ovn"), secondKernel: false },
  "second-kernel": { backend: "neutron", nodes: pairs("linuxbridge", "openvswitch"), secondKernel: true },
  "second-kernel-bare": { backend: "simulator", nodes: pairs("bare", "openvswitch"), secondKernel: true },
} as const satisfies Record<string, CellLab>;
export type LabName = keyof typeof labs;
export const labNames = Object.keys(labs) as LabName[];

export type WiringName = "linuxbridge" | "openvswitch" | "macvlan";
export type NetworkType = "flat" | "vlan" | "vxlan" | "geneve";
/** Who wires and filters the ports of a node beside skynet. */
export type Partner = "agent" | "ovn" | "nobody";
/** Where frames are switched: in a kernel, or by Open vSwitch's own process. */
export type Datapath = "kernel" | "userspace";

/** How nodes are wired, whatever the network. */
export interface Setup {
  readonly lab: LabName;
  readonly wiring: WiringName;
  readonly partner: Partner;
}

export interface Cell extends Setup {
  readonly network: NetworkType;
  readonly datapath: Datapath;
  /** What ADD must refuse the pod with; missing where pods are attached. */
  readonly refusal?: string;
  /** The lab's kernel cannot do what Neutron's filters need: its Open vSwitch has no conntrack zones. */
  readonly withoutZones?: boolean;
}

const vxlanNeedsAgent = "vxlan needs Neutron's agent on the node";
const onNoNic = "macvlan puts pods on a NIC, and a network of type vxlan is on none";

export const cells: readonly Cell[] = [
  ...row("neutron", "linuxbridge", "agent", "kernel", ["flat", "vxlan"]),
  ...row("second-kernel", "linuxbridge", "agent", "kernel", ["vlan"]),
  ...row("neutron", "linuxbridge", "nobody", "kernel", ["flat"]),
  ...row("second-kernel-bare", "linuxbridge", "nobody", "kernel", ["vlan"]),
  ...row("neutron", "linuxbridge", "nobody", "kernel", ["vxlan"], vxlanNeedsAgent),

  ...row("neutron", "openvswitch", "agent", "userspace", ["flat", "vlan", "vxlan"]),
  ...row("second-kernel", "openvswitch", "agent", "kernel", ["flat", "vlan", "vxlan"]).map((cell) => ({
    ...cell,
    withoutZones: true,
  })),
  ...row("neutron", "openvswitch", "nobody", "userspace", ["flat", "vlan"]),
  ...row("second-kernel-bare", "openvswitch", "nobody", "kernel", ["flat", "vlan"]),
  ...row("neutron", "openvswitch", "nobody", "userspace", ["vxlan"], vxlanNeedsAgent),
  ...row("ovn", "openvswitch", "ovn", "userspace", ["flat", "vlan", "geneve"]),

  ...row("neutron", "macvlan", "nobody", "kernel", ["flat"]),
  ...row("second-kernel-bare", "macvlan", "nobody", "kernel", ["vlan"]),
  ...row("neutron", "macvlan", "nobody", "kernel", ["vxlan"], onNoNic),
];

export interface Crowd extends Setup {
  /** Three of the lab's. */
  readonly networks: readonly SeededName[];
}

/** Every setup, each in labs where it can have three networks: for many pods at once. */
export const crowds: readonly Crowd[] = [
  crowd("neutron", "linuxbridge", "agent", ["flat1", "vx1", "vx2"]),
  crowd("neutron", "openvswitch", "agent", ["flat1", "vlan101", "vx1"]),
  crowd("neutron", "openvswitch", "nobody", ["flat1", "vlan101", "vlan102"]),
  crowd("ovn", "openvswitch", "ovn", ["flat1", "vlan101", "vx1"]),
  crowd("second-kernel", "linuxbridge", "agent", ["flat1", "vlan101", "vx1"]),
  crowd("second-kernel-bare", "linuxbridge", "nobody", ["flat1", "vlan101", "vlan102"]),
  crowd("second-kernel-bare", "openvswitch", "nobody", ["flat1", "vlan101", "vlan102"]),
  crowd("second-kernel-bare", "macvlan", "nobody", ["flat1", "vlan101", "vlan102"]),
];

function crowd(lab: LabName, wiring: WiringName, partner: Partner, networks: SeededName[]): Crowd {
  return { lab, wiring, partner, networks };
}

/** Pods are on one node and across two: two of each kind. */
function pairs(...kinds: NodeKind[]): NodeKind[] {
  return kinds.flatMap((kind) => [kind, kind]);
}

function row(
  lab: LabName,
  wiring: WiringName,
  partner: Partner,
  datapath: Datapath,
  networks: readonly NetworkType[],
  refusal?: string,
): Cell[] {
  const common = { lab, wiring, partner, datapath };
  return networks.map((network) => ({ ...common, network, ...(refusal === undefined ? {} : { refusal }) }));
}

/** Networks that the lab is seeded with. */
export type SeededName = "flat1" | "vlan101" | "vlan102" | "vx1" | "vx2";

/** Names a cell, the same in every run. */
export function cellId({ wiring, network, partner, datapath }: Cell): string {
  return [wiring, network, partner, datapath].join(" ");
}

/** Whether anything enforces security groups in a cell. */
export function isFiltered({ partner }: Cell): boolean {
  return partner !== "nobody";
}

/** Everything that is tried in a cell where pods are attached, in this order: the last ones break and remove. */
export const checkIds = [
  "one node",
  "two nodes",
  "gateway",
  "IPv6",
  "MTU",
  "wire",
  "isolated",
  "groups",
  "CHECK",
  "damage",
  "DEL",
] as const;
export type CheckId = (typeof checkIds)[number];

/** The only thing that is tried in a cell where every pod is refused. */
export const refusalId = "ADD";

/** What must have been tried in a cell. */
export function expectedChecks(cell: Cell): readonly (CheckId | typeof refusalId)[] {
  return cell.refusal === undefined ? checkIds : [refusalId];
}

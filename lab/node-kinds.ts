/**
 * Kinds of nodes, named by what switches their pods' frames:
 *
 * | kind        | runs with real Neutron                     | with the simulator           |
 * |-------------|--------------------------------------------|------------------------------|
 * | linuxbridge | neutron-linuxbridge-agent                  | nothing                      |
 * | openvswitch | Open vSwitch and neutron-openvswitch-agent | Open vSwitch                 |
 * | ovn         | Open vSwitch and ovn-controller            | –                            |
 * | bare        | nothing: ports get `binding_failed`        | nothing                      |
 */
import type { Backend } from "./layout.ts";
import type { PackageSet } from "./packages.ts";

export const nodeKinds = ["linuxbridge", "openvswitch", "ovn", "bare"] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** The kinds each backend can have; its own kind is the first. */
const kindsOf: Record<Backend, readonly [NodeKind, ...NodeKind[]]> = {
  simulator: ["bare", "linuxbridge", "openvswitch"],
  neutron: ["linuxbridge", "openvswitch", "bare"],
  "neutron-keystone": ["linuxbridge", "openvswitch", "bare"],
  "neutron-ovn": ["ovn", "bare"],
};

const packagesOf: Record<NodeKind, readonly PackageSet[]> = {
  linuxbridge: [],
  openvswitch: ["openvswitch"],
  ovn: ["ovn"],
  bare: [],
};

/**
 * The kinds of a lab's nodes.
 *
 * @param wanted one for each node, or how many of the backend's own kind
 * @throws RangeError when the backend has no such kind, or there are not 1 to 99 nodes
 */
export function kindsOfNodes(backend: Backend, wanted: number | readonly NodeKind[]): NodeKind[] {
  const possible = kindsOf[backend];
  const count = typeof wanted === "number" ? wanted : wanted.length;
  if (!Number.isInteger(count) || count < 1 || count > 99) {
    throw new RangeError(`a lab has 1 to 99 nodes, not ${count}`);
  }
  const kinds = typeof wanted === "number" ? new Array<NodeKind>(count).fill(possible[0]) : [...wanted];
  const strange = kinds.find((kind) => !possible.includes(kind));
  if (strange) {
    throw new RangeError(`backend ${backend} has no nodes of kind ${strange}: use ${possible.join(", ")}`);
  }
  return kinds;
}

/** Reads `2` or `linuxbridge,openvswitch` as a command line has it. @throws RangeError */
export function parseNodes(text: string): number | NodeKind[] {
  if (/^\d+$/.test(text)) return Number(text);
  return text.split(",").map((name) => {
    const kind = nodeKinds.find((known) => known === name);
    if (!kind) {
      throw new RangeError(`${JSON.stringify(name)} is no kind of node: use ${nodeKinds.join(", ")}`);
    }
    return kind;
  });
}

/** Packages that nodes of these kinds need beside those of the backend. */
export function packagesOfNodes(kinds: readonly NodeKind[]): PackageSet[] {
  return kinds.flatMap((kind) => packagesOf[kind]);
}

/** Whether nodes of this kind have an Open vSwitch. */
export function hasOpenVswitch(kind: NodeKind): boolean {
  return kind === "openvswitch" || kind === "ovn";
}

/** Whether something of a real Neutron wires the ports of nodes of this kind. */
export function hasAgent(backend: Backend, kind: NodeKind): boolean {
  return backend !== "simulator" && kind !== "bare";
}

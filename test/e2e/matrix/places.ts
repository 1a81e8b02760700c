/** Where in a lab a cell has its pods: which two nodes, on which networks, and how skynet is configured there. */
import type { Lab } from "../../../lab/lab.ts";
import { physicalInterface, tunnelInterface } from "../../../lab/layout.ts";
import { hasOpenVswitch, type NodeKind } from "../../../lab/node-kinds.ts";
import { OpenVswitch } from "../../../lab/openvswitch/daemons.ts";
import type { SeededNetwork } from "../../../lab/seed.ts";
import { Scene } from "../neutron/scene.ts";
import type { NetworkType, Partner, Setup, WiringName } from "./cells.ts";

type Json = Record<string, unknown>;

/**
 * Indices (from 1) of a setup's two nodes: the first two of the kind that it needs. On a real Neutron a node with Open
 * vSwitch has an agent: a switch without one is started on the second pair of bare nodes.
 *
 * @throws Error when the lab has no such nodes
 */
export function nodesOf(lab: Lab, { wiring, partner }: Setup): [number, number] {
  const alone = wiring === "openvswitch" && partner === "nobody";
  const kind = alone && lab.backend === "simulator" ? "openvswitch" : nodeKindOf(wiring, partner);
  const found = lab.nodes.flatMap((node, index) => (node.kind === kind ? [index + 1] : []));
  const [first, second] = alone && kind === "bare" ? found.slice(2) : found;
  if (first === undefined || second === undefined) {
    throw new Error(`${wiring} with ${partner} needs two nodes of kind ${kind} in lab ${lab.name}`);
  }
  return [first, second];
}

function nodeKindOf(wiring: WiringName, partner: Partner): NodeKind {
  if (partner === "ovn") return "ovn";
  return partner === "nobody" || wiring === "macvlan" ? "bare" : wiring;
}

/** A bare node's NIC of the physical network `ext`, where a test adds one. */
export const extraNic = "ext0";

/** Whether the nodes of a setup are told of that NIC: those that wire by themselves, and have no switch to ask. */
export function hasExtraNic({ wiring, partner }: Setup): boolean {
  return wiring !== "openvswitch" && partner === "nobody";
}

/** A network of the lab as tests know it. */
export interface Place {
  readonly seeded: SeededNetwork;
  readonly type: NetworkType;
  /** VLAN id or VNI. */
  readonly segment?: number;
  /** Two addresses of its IPv4 subnet that no port will get, with prefix length. */
  readonly spare: readonly [string, string];
}

/** The network of a cell's pods. */
export function networkOf(lab: Lab, type: NetworkType): Place {
  const { flat1, vlan101, vx1 } = lab.seeded;
  if (type === "flat") return { type, seeded: flat1, spare: ["10.50.0.250/24", "10.50.0.251/24"] };
  if (type === "vlan") {
    return { type, seeded: vlan101, segment: 101, spare: ["10.51.3.250/22", "10.51.3.251/22"] };
  }
  return { type, seeded: vx1, segment: 1001, spare: ["10.52.3.250/22", "10.52.3.251/22"] };
}

/** The switch of a node of the lab, also of a bare one where the tests start one. */
export function switchOf(lab: Lab, index: number): OpenVswitch {
  return new OpenVswitch(lab.layout, index);
}

/** Changes to the lab's configuration of node `index`. */
export function configOf(lab: Lab, setup: Setup, index: number): Json {
  const openvswitch =
    setup.wiring === "openvswitch" ? { ovsdb_connection: switchOf(lab, index).connection } : {};
  return {
    log_level: "debug",
    // A second kernel takes its time.
    deadlines: { add: 140, del: 140, check: 60 },
    neutron: { default_security_group_ids: lab.seeded.web, request_timeout: 140 },
    plugin: {
      plugin_type: setup.wiring,
      neutron_agent: setup.partner === "nobody" ? "none" : "required",
      trunk_nic: physicalInterface,
      tunnel_nic: tunnelInterface,
      ...(hasExtraNic(setup) ? { physical_networks: { ext: extraNic } } : {}),
      ...openvswitch,
    },
  };
}

/** Starts Open vSwitch on bare nodes whose cell wants one. It ends with the lab. */
export async function startSwitches(lab: Lab, setup: Setup, nodes: readonly number[]): Promise<void> {
  if (setup.wiring !== "openvswitch") return;
  const bare = nodes.filter((index) => !hasOpenVswitch(lab.node(index).kind));
  await Promise.all(bare.map((index) => switchOf(lab, index).start()));
}

/** A scene on whatever plays Neutron in this lab. */
export function openScene({ backend }: Lab): Promise<Scene> {
  return Scene.open(backend === "simulator" ? "simulator" : "Neutron");
}

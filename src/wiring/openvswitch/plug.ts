/** Making a port in a bridge of Open vSwitch, and the devices that are plugged in by it. */
import { Namespace } from "../../netlink/namespace.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import * as v from "../../ovsdb/values.ts";
import { WiringError } from "../errors.ts";
import { plugVeth, sign, vethOf } from "../veth.ts";
import type { PodEnd } from "../wiring.ts";
import { type Session, untilInForce } from "./daemon.ts";
import { answering } from "./database.ts";
import { neutronIds, type OpenvswitchPlan } from "./plan.ts";
import {
  addPort,
  findPort,
  type NewPort,
  PORT_MARK,
  removePorts,
  type SwitchBridge,
  type SwitchPort,
  TRANSIENT,
} from "./ports.ts";
import { completePackets, isUserspace, keepNodeOut } from "./userspace.ts";

/** Somebody may take the port's name between two requests. */
const PLUG_ATTEMPTS = 3;

/** One plugging, with what all of its steps need. */
export interface Plugging extends Session {
  readonly plan: OpenvswitchPlan;
  /** Makes the host's end, and what is behind it. */
  connect(bridge: SwitchBridge): void;
}

/**
 * Makes the devices and their rows in the bridge.
 *
 * @param columns of the table Port beside those that every pod's port has
 * @throws WiringError, NamespaceError, NetlinkError
 */
export async function makePort(plugging: Plugging, bridgeName: string, columns: v.Row = {}): Promise<void> {
  for (let attempt = 1; attempt <= PLUG_ATTEMPTS; attempt++) {
    const bridge = await clearedBridge(plugging, bridgeName);
    plugging.connect(bridge);
    if (await addRows(plugging, bridge, columns)) return;
  }
  throw inUse(plugging.plan.hostEnd);
}

/**
 * The bridge, with nothing in the port's way: what an earlier attempt for the same port left is removed. A device that is
 * replaced under a name that ovs-vswitchd still has open would carry nothing with the userspace datapath, so that has let
 * go of it first, whoever removed it.
 */
async function clearedBridge(plugging: Plugging, name: string): Promise<SwitchBridge> {
  const { client, options, plan, signal } = plugging;
  const names = { bridge: name, port: plan.hostEnd };
  const { bridge, port } = await answering(options, signal, (limit) => findPort(client, names, limit));
  if (!bridge) {
    throw new WiringError(
      "switch-refused",
      `Open vSwitch has no bridge ${name} on this node; Neutron's agent or ovn-controller makes it: look at its log`,
    );
  }
  if (port) await removeLeftover(plugging, port);
  if (port || isUserspace(bridge)) await untilInForce(plugging);
  return bridge;
}

async function removeLeftover(plugging: Plugging, port: SwitchPort): Promise<void> {
  const { client, options, plan, signal } = plugging;
  if (port.mark !== plan.portId) throw inUse(port.name);
  await answering(options, signal, (limit) => removePorts(client, [port], limit));
}

/** Makes the veth of a pod that is plugged straight in. @throws WiringError, NamespaceError, NetlinkError */
export function connectPod(plan: OpenvswitchPlan, pod: PodEnd, bridge: SwitchBridge): void {
  using namespace = Namespace.open(pod.netns);
  using socket = NetlinkSocket.open();
  plugVeth(socket, vethOf(plan, namespace, { name: pod.ifname }), pod.netns);
  sign(socket, plan.hostEnd, pod);
  keepNodeOut(bridge, plan.hostEnd);
  completePackets(bridge, pod);
}

function addRows(plugging: Plugging, bridge: SwitchBridge, columns: v.Row): Promise<boolean> {
  const { client, options, plan, signal } = plugging;
  const port: NewPort = {
    name: plan.hostEnd,
    columns: { ...columns, external_ids: v.mapOf({ [PORT_MARK]: plan.portId }), other_config: TRANSIENT },
    interfaceColumns: plan.uplink ? {} : { external_ids: v.mapOf(neutronIds(plan)) },
  };
  return answering(options, signal, (limit) => addPort(client, bridge, port, limit));
}

function inUse(name: string): WiringError {
  return new WiringError(
    "device-in-use",
    `Open vSwitch already has a port ${name} that is not skynet's; remove it with "ovs-vsctl del-port ${name}", its name belongs to this pod`,
  );
}

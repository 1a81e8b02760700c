/**
 * Ports that Neutron's Open vSwitch agent has wired ahead of their pods. The host's end stays plugged in, with a stand-in
 * behind it (`../stand-in.ts`): switch and agent notice nothing of pods that come and go.
 *
 * Other ways were measured. A new device under the host end's name keeps the port's number and tag with the userspace
 * datapath, but carries nothing until ovs-vswitchd opens it anew, which it does only when the port's number changes; with
 * the kernel's datapath the port goes with the old name. Moving the stand-in into the pod blocks a thread for 17 ms, as
 * long again on the way back, and the port dies with the pod's namespace. Joining two veths blocks for 1 ms: fifty pods at
 * once had their ports, configured, after 130 ms in one process.
 */
import { Namespace } from "../../netlink/namespace.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import type { OvsdbClient } from "../../ovsdb/client.ts";
import { WiringError } from "../errors.ts";
import { standInName } from "../names.ts";
import { SKYNET_MARK } from "../owner.ts";
import { findParts, isFree, occupyStandIn, prepareStandIn, vacateStandIn } from "../stand-in.ts";
import { plugVeth, removeHostEnd, vethOf } from "../veth.ts";
import type { Parking, PodEnd, Vacated, WiringOptions } from "../wiring.ts";
import { untilTakenUp } from "./daemon.ts";
import { answering, openDatabase, withDatabase } from "./database.ts";
import { INTEGRATION_BRIDGE, type OpenvswitchPlan } from "./plan.ts";
import { makePort } from "./plug.ts";
import { findPort, type PortView, type SwitchBridge } from "./ports.ts";
import { completePackets, keepNodeOut } from "./userspace.ts";

/** What there is of a port in the switch, and of the bridge it belongs in. */
type View = PortView & { readonly bridge: SwitchBridge | undefined };

export function parking(options: WiringOptions): Parking<OpenvswitchPlan> {
  return {
    park: (plan, signal) => park(plan, options, signal),
    isParked: (plan, signal) => isParked(plan, options, signal),
    occupy: (plan, pod, signal) => occupy(plan, pod, options, signal),
    vacate: (plan, _, signal) => vacate(plan, options, signal),
  };
}

async function park(plan: OpenvswitchPlan, options: WiringOptions, signal: AbortSignal): Promise<void> {
  if (!hasPod(plan)) await plugStandIn(plan, options, signal);
}

/** Leaves a stand-in that is plugged in already as it is, and plugs one in elsewise. */
async function plugStandIn(
  plan: OpenvswitchPlan,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<Vacated> {
  using client = await openDatabase(options, signal);
  const session = { client, options, signal };
  const view = await answering(options, signal, (limit) => look(client, plan, limit));
  const isUntouched = isOurs(plan, view) && mend(plan);
  if (!isUntouched) {
    const connect = (bridge: SwitchBridge) => connectStandIn(plan, bridge);
    await makePort({ ...session, plan, connect }, bridgeOf(plan));
  }
  await untilTakenUp(session, plan.hostEnd);
  return isUntouched ? "untouched" : "rewired";
}

async function isParked(
  plan: OpenvswitchPlan,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<boolean> {
  using socket = NetlinkSocket.open();
  if (!isFree(findParts(socket, plan.hostEnd))) return false;
  return isTakenUp(plan, await withDatabase(options, signal, (client, limit) => look(client, plan, limit)));
}

async function occupy(
  plan: OpenvswitchPlan,
  pod: PodEnd,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const view = await withDatabase(options, signal, (client, limit) => look(client, plan, limit));
  if (!view.bridge || !isTakenUp(plan, view)) {
    throw new WiringError(
      "not-parked",
      `the port ${plan.portId} cannot take a pod: Open vSwitch does not have ${plan.hostEnd} any more`,
    );
  }
  using socket = NetlinkSocket.open();
  occupyStandIn(socket, plan, pod);
  completePackets(view.bridge, pod);
  return [];
}

/** A pod that was plugged straight in leaves no stand-in: its port is made anew. */
async function vacate(plan: OpenvswitchPlan, options: WiringOptions, signal: AbortSignal): Promise<Vacated> {
  using socket = NetlinkSocket.open();
  vacateStandIn(socket, plan.hostEnd);
  if (!isFree(findParts(socket, plan.hostEnd))) removeHostEnd(socket, plan.hostEnd);
  return plugStandIn(plan, options, signal);
}

/** Behind a stand-in, or plugged straight in. */
function hasPod({ hostEnd }: OpenvswitchPlan): boolean {
  using socket = NetlinkSocket.open();
  const { tap, standIn, podSide } = findParts(socket, hostEnd);
  return tap !== undefined && (standIn === undefined || podSide !== undefined);
}

/** Completes the stand-in of a port that is plugged in already. Answers whether there is one. */
function mend({ hostEnd }: OpenvswitchPlan): boolean {
  using socket = NetlinkSocket.open();
  const parts = findParts(socket, hostEnd);
  if (!isFree(parts)) return false;
  prepareStandIn(socket, parts.standIn);
  return true;
}

/** It is ready for a pod before it is in the switch. */
function connectStandIn(plan: OpenvswitchPlan, bridge: SwitchBridge): void {
  using namespace = Namespace.own();
  using socket = NetlinkSocket.open();
  // The side of a pod whose host's end somebody has removed.
  vacateStandIn(socket, plan.hostEnd);
  const standIn = { name: standInName(plan.hostEnd), group: SKYNET_MARK };
  plugVeth(socket, vethOf(plan, namespace, standIn), "this node");
  keepNodeOut(bridge, plan.hostEnd);
  mend(plan);
}

function look(client: OvsdbClient, plan: OpenvswitchPlan, signal: AbortSignal): Promise<View> {
  return findPort(client, { bridge: bridgeOf(plan), port: plan.hostEnd }, signal);
}

function bridgeOf({ bridge }: OpenvswitchPlan): string {
  return bridge ?? INTEGRATION_BRIDGE;
}

/** Whether it is worth waiting for ovs-vswitchd. */
function isOurs({ portId }: OpenvswitchPlan, { port, interface: link, bridge }: View): boolean {
  const isIn = port !== undefined && bridge?.ports.includes(port.uuid[1]) === true;
  return isIn && port.mark === portId && link !== undefined && link.error === undefined;
}

function isTakenUp(plan: OpenvswitchPlan, view: View): boolean {
  return isOurs(plan, view) && (view.interface?.ofport ?? -1) > 0;
}

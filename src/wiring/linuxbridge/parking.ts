/** Ports in a Linux bridge that are wired ahead of their pods. */
import { setLink } from "../../netlink/link-changes.ts";
import { findLink, type Link } from "../../netlink/links.ts";
import { Namespace } from "../../netlink/namespace.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { whileBridgeIsThere } from "../bridge.ts";
import { withLock } from "../lock.ts";
import { standInName } from "../names.ts";
import { SKYNET_MARK } from "../owner.ts";
import { putTapAside } from "../put-aside.ts";
import {
  type FreeParts,
  findParts,
  isFree,
  occupyStandIn,
  prepareStandIn,
  vacateStandIn,
} from "../stand-in.ts";
import { plugVeth, vethOf } from "../veth.ts";
import type { Parking, Vacated, WiringOptions } from "../wiring.ts";
import type { LinuxbridgePlan } from "./plan.ts";

export function parking(options: WiringOptions): Parking<LinuxbridgePlan> {
  return {
    park: async (plan) => park(plan, options),
    isParked: async (plan) => isParked(plan),
    occupy: async (plan, pod) => {
      using socket = NetlinkSocket.open();
      occupyStandIn(socket, plan, pod);
      return [];
    },
    vacate: async (plan) => vacate(plan, options),
  };
}

function park(plan: LinuxbridgePlan, options: WiringOptions): void {
  using socket = NetlinkSocket.open();
  using namespace = Namespace.own();
  const peer = { name: standInName(plan.hostEnd), group: SKYNET_MARK };
  withLock(options.stateDir, () =>
    whileBridgeIsThere(socket, plan.bridge, (bridge) => {
      const { tap } = findParts(socket, plan.hostEnd);
      if (!tap) plugVeth(socket, vethOf(plan, namespace, peer, bridge), "this node");
      const parts = findParts(socket, plan.hostEnd);
      if (isFree(parts)) mend(socket, parts, bridge);
    }),
  );
}

/**
 * A pod that was plugged straight in has no stand-in: its veth makes room for one. Neutron's agent takes that for an
 * update of the port, or reports it DOWN for a moment: there is no pod to suffer by it.
 */
function vacate(plan: LinuxbridgePlan, options: WiringOptions): Vacated {
  using socket = NetlinkSocket.open();
  vacateStandIn(socket, plan.hostEnd);
  const parts = findParts(socket, plan.hostEnd);
  if (isFree(parts)) return "untouched";
  if (parts.tap) putTapAside(socket, parts.tap);
  park(plan, options);
  return parts.tap ? "rewired" : "remade";
}

/** Its bridge may have been removed and made anew; a pod whose namespace is gone may have left redirects. */
function mend(socket: NetlinkSocket, { tap, standIn }: FreeParts, bridge: Link): void {
  if (!isPlugged(tap, bridge)) socket.request(setLink(tap, { master: bridge.index, up: true }));
  prepareStandIn(socket, standIn);
}

function isParked(plan: LinuxbridgePlan): boolean {
  using socket = NetlinkSocket.open();
  const bridge = findLink(socket, plan.bridge);
  const parts = findParts(socket, plan.hostEnd);
  return bridge !== undefined && isFree(parts) && isPlugged(parts.tap, bridge);
}

function isPlugged(tap: Link, bridge: Link): boolean {
  return tap.up && tap.master === bridge.index;
}

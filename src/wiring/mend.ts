import { setLink } from "../netlink/link-changes.ts";
import { findLink } from "../netlink/links.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { whileBridgeIsThere } from "./bridge.ts";
import type { LinuxbridgePlan } from "./linuxbridge/plan.ts";
import { withLock } from "./lock.ts";
import { isOurs } from "./owner.ts";
import { ensureUplink } from "./uplink.ts";
import type { WiringPlan } from "./wiring.ts";

/**
 * Puts right what somebody has changed about a host's end that is still there: it is up again, and in a Linux bridge that
 * has its uplink. Its filters are by its name and in force all the while. What a virtual switch knows is not touched.
 *
 * @throws WiringError, NetlinkError
 */
export function mendHostEnd(plan: WiringPlan, stateDir: string): void {
  if (plan.hostEnd === undefined) return;
  using socket = NetlinkSocket.open();
  const link = findLink(socket, plan.hostEnd);
  if (link === undefined || !isOurs(link)) return;
  if (!isLinuxbridge(plan)) {
    if (!link.up) socket.request(setLink(link, { up: true }));
    return;
  }
  withLock(stateDir, () =>
    whileBridgeIsThere(socket, plan.bridge, (bridge) => {
      if (plan.uplink) ensureUplink(socket, bridge, plan.uplink);
      socket.request(setLink(link, { master: bridge.index, up: true }));
    }),
  );
}

function isLinuxbridge(plan: WiringPlan): plan is LinuxbridgePlan {
  return plan.kind === "linuxbridge";
}

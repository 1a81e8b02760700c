import { isExist } from "../netlink/errors.ts";
import { createBridge, setLink } from "../netlink/link-changes.ts";
import { findLink, findLinkByIndex, type Link } from "../netlink/links.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { setIpv6 } from "./ipv6-setting.ts";
import { isOurs, SKYNET_MARK } from "./owner.ts";

/**
 * The bridge of that name, up; made when it is missing. Neutron's agent may make it at the same moment: either way
 * there is one afterwards.
 *
 * A bridge made here has no spanning tree and no forward delay, and IPv6 is off on it before it first comes up, so that
 * the node gets no address on the pods' network.
 *
 * @throws WiringError, NetlinkError
 */
export function ensureBridge(socket: NetlinkSocket, name: string): Link {
  const bridge = findLink(socket, name) ?? makeBridge(socket, name);
  if (bridge.kind !== "bridge") {
    throw new WiringError(
      "device-in-use",
      `${name} must be a bridge but is a ${bridge.kind ?? "physical device"}; remove or rename that device`,
    );
  }
  if (bridge.up) return bridge;
  if (isOurs(bridge)) setIpv6(name, false);
  socket.request(setLink(bridge, { up: true }));
  return { ...bridge, up: true };
}

/** Neutron's agent may remove the bridge of a deleted network between two of our requests. */
const ATTEMPTS = 3;

/**
 * Does something with the bridge of that name, which is made when it is missing; once more when the bridge is removed
 * meanwhile.
 *
 * @throws what `action` does; WiringError, NetlinkError
 */
export function whileBridgeIsThere<T>(socket: NetlinkSocket, name: string, action: (bridge: Link) => T): T {
  for (let attempt = 1; ; attempt++) {
    const bridge = ensureBridge(socket, name);
    try {
      return action(bridge);
    } catch (error) {
      const vanished = findLinkByIndex(socket, bridge.index)?.name !== bridge.name;
      if (!vanished || attempt === ATTEMPTS) throw error;
    }
  }
}

function makeBridge(socket: NetlinkSocket, name: string): Link {
  try {
    socket.request(createBridge({ name, group: SKYNET_MARK }));
  } catch (error) {
    if (!isExist(error)) throw error;
  }
  const bridge = findLink(socket, name);
  if (bridge) return bridge;
  throw new WiringError(
    "device-in-use",
    `the bridge ${name} disappeared as soon as it was made; who removes it?`,
  );
}

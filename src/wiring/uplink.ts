/** The NIC or VLAN device that joins a bridge to a physical network, where no agent of Neutron's sees to it. */
import { isNotSupported } from "../netlink/errors.ts";
import { createVlan, setLink } from "../netlink/link-changes.ts";
import { deleteLink, findLink, findLinkByIndex, type Link, listLinks } from "../netlink/links.ts";
import type { Request } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { copyAddresses, dropAddresses, isEmpty, moveRoutes, readEstate } from "./estate.ts";
import { isEndpoint, isOurs, SKYNET_MARK } from "./owner.ts";

/** The device to put into the bridge, and why. */
export interface Uplink {
  /** The NIC itself, or its VLAN device. */
  readonly device: string;
  readonly nic: string;
  readonly vlanId?: number;
  readonly physicalNetwork: string;
  /** The key of the configuration that names the NIC. */
  readonly setting: string;
}

/**
 * Makes the uplink a port of the bridge and answers it. The host's addresses and routes on it move to the bridge, which
 * takes over its MAC and MTU: other hosts of the network notice nothing.
 *
 * @throws WiringError, NetlinkError
 */
export function ensureUplink(socket: NetlinkSocket, bridge: Link, uplink: Uplink): Link {
  let device = ensureDevice(socket, uplink);
  if (device.master !== undefined && device.master !== bridge.index) {
    leaveLeftover(socket, device, bridge, uplink);
    device = ensureDevice(socket, uplink);
  }
  // Given its MAC, a bridge no longer takes the lowest of its ports'.
  if (device.master !== bridge.index) socket.request(setLink(bridge, { mac: device.mac }));
  const estate = readEstate(socket, device);
  copyAddresses(socket, estate, bridge);
  if (device.master !== bridge.index) socket.request(setLink(device, { master: bridge.index, up: true }));
  if (isEmpty(estate)) return device;
  socket.batch(pinningMtu(bridge, device.mtu));
  moveRoutes(socket, estate, bridge);
  dropAddresses(socket, estate);
  return device;
}

/**
 * Removes a bridge of skynet's when no port of a pod, machine or service is left in it. The addresses and routes on it
 * move back to its uplink, and a VLAN device made for it goes too. A bridge that has the host's addresses and no uplink
 * to give them to stays. Answers whether it was removed.
 *
 * @param device name of the bridge's uplink, should somebody have taken it out
 * @throws NetlinkError
 */
export function removeUnusedBridge(socket: NetlinkSocket, bridge: Link, device?: string): boolean {
  const [member, ...others] = listLinks(socket, { master: bridge.index });
  if (!isOurs(bridge) || others.length > 0 || (member && isEndpoint(member))) return false;
  const uplink = member ?? freeLink(socket, device);
  const estate = readEstate(socket, bridge);
  if (!isEmpty(estate)) {
    if (!uplink) return false;
    copyAddresses(socket, estate, uplink);
    moveRoutes(socket, estate, uplink);
  }
  deleteLink(socket, bridge.name);
  if (uplink?.kind === "vlan" && isOurs(uplink) && isEmpty(estate)) deleteLink(socket, uplink.name);
  return true;
}

function freeLink(socket: NetlinkSocket, name: string | undefined): Link | undefined {
  const link = name === undefined ? undefined : findLink(socket, name);
  return link?.master === undefined ? link : undefined;
}

/**
 * A bridge follows the smallest MTU of its ports until its own is set; setting the one it has is not taken for that
 * (net/core/dev.c), so it is set to another first.
 */
function pinningMtu(bridge: Link, mtu: number): Request[] {
  return [setLink(bridge, { mtu: mtu + 1 }), setLink(bridge, { mtu })];
}

function ensureDevice(socket: NetlinkSocket, uplink: Uplink): Link {
  const nic = findNic(socket, uplink);
  return uplink.vlanId === undefined ? nic : ensureVlan(socket, nic, uplink.device, uplink.vlanId);
}

function findNic(socket: NetlinkSocket, uplink: Uplink): Link {
  const nic = findLink(socket, uplink.nic);
  if (!nic) {
    throw new WiringError(
      "no-uplink",
      `the NIC ${uplink.nic} of the physical network ${uplink.physicalNetwork} is not on this node; correct ${uplink.setting}`,
    );
  }
  if (!nic.up) socket.request(setLink(nic, { up: true }));
  return nic;
}

function ensureVlan(socket: NetlinkSocket, nic: Link, name: string, id: number): Link {
  const device = findLink(socket, name) ?? makeVlan(socket, nic, name, id);
  checkVlan(device, nic, id);
  if (!device.up) socket.request(setLink(device, { up: true }));
  return device;
}

/** @throws WiringError when the device is not this VLAN of this NIC */
export function checkVlan(device: Link, nic: Pick<Link, "index" | "name">, id: number): void {
  if (device.kind === "vlan" && device.vlanId === id && device.parent === nic.index) return;
  throw new WiringError(
    "device-in-use",
    `${device.name} must be VLAN ${id} of ${nic.name} but is ${describe(device, nic)}; remove or rename that device`,
  );
}

function describe(device: Link, nic: Pick<Link, "index">): string {
  if (device.kind !== "vlan") return device.kind ?? "a physical device";
  return `VLAN ${device.vlanId}${device.parent === nic.index ? "" : " of another NIC"}`;
}

function makeVlan(socket: NetlinkSocket, nic: Link, name: string, id: number): Link {
  try {
    socket.request(createVlan({ name, parent: nic.index, id, group: SKYNET_MARK }));
  } catch (error) {
    if (!isNotSupported(error)) throw error;
    const message = `VLAN ${id} of ${nic.name}: this kernel has no VLAN devices; load its module 8021q`;
    throw new WiringError("unsupported-kernel", message, { cause: error });
  }
  const device = findLink(socket, name);
  if (device) return device;
  throw new WiringError("device-in-use", `${name} disappeared as soon as it was made; who removes it?`);
}

/**
 * Takes the device out of another bridge if that is one of skynet's without pods, which a killed process did not come
 * to remove.
 *
 * @throws WiringError when the other bridge is in use or somebody else's
 */
function leaveLeftover(socket: NetlinkSocket, device: Link, bridge: Link, uplink: Uplink): void {
  const other = findLinkByIndex(socket, device.master ?? 0);
  if (!other || removeUnusedBridge(socket, other)) return;
  throw new WiringError(
    "device-in-use",
    `${device.name}, for the physical network ${uplink.physicalNetwork}, is a port of ${other.name} and cannot join ` +
      `${bridge.name}; take it out of ${other.name} or correct ${uplink.setting}`,
  );
}

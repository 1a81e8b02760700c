/** The NIC or VLAN device that joins pods to a physical network, where no agent of Neutron's sees to it. */
import { isBusy } from "../netlink/errors.ts";
import { setLink } from "../netlink/link-changes.ts";
import { deleteLink, findLink, findLinkByIndex, type Link, listLinks } from "../netlink/links.ts";
import type { Request } from "../netlink/message.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { copyAddresses, dropAddresses, type Estate, isEmpty, moveRoutes, readEstate } from "./estate.ts";
import { isEndpoint, isOurs } from "./owner.ts";
import { ensureVlan, removeUnusedVlan } from "./uplink-vlan.ts";

/** The device that pods' frames leave by, and why. */
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
  const device = ensureDevice(socket, uplink, { bridge, purpose: `join ${bridge.name}` });
  // Given its MAC, a bridge no longer takes the lowest of its ports'.
  if (device.master !== bridge.index) socket.request(setLink(bridge, { mac: device.mac }));
  const estate = readEstate(socket, device);
  copyAddresses(socket, estate, bridge);
  if (device.master !== bridge.index) join(socket, device, bridge, uplink);
  if (isEmpty(estate)) return device;
  socket.batch(pinningMtu(bridge, device.mtu));
  moveRoutes(socket, estate, bridge);
  dropAddresses(socket, estate);
  return device;
}

/** Who asks for a device. */
export interface DeviceUse {
  /** The bridge that it may be a port of; without one it must be free. */
  readonly bridge?: Link;
  /** What it is needed for, after "cannot": `join br0`. */
  readonly purpose: string;
}

/**
 * The uplink's device, up; a VLAN device is made when it is missing. It is a port of no bridge but the one it is meant
 * for: a bridge that a killed process did not come to remove is removed here.
 *
 * @throws WiringError when the NIC is missing, or the device in use; NetlinkError
 */
export function ensureDevice(socket: NetlinkSocket, uplink: Uplink, use: DeviceUse): Link {
  const device = openDevice(socket, uplink);
  if (device.master === undefined || device.master === use.bridge?.index) return device;
  const other = findLinkByIndex(socket, device.master);
  if (!other || removeUnusedBridge(socket, other)) return openDevice(socket, uplink);
  throw inUse(uplink, `is a port of ${other.name}`, use.purpose, `take it out of ${other.name}`);
}

/** @throws WiringError "device-in-use" */
export function inUse(uplink: Uplink, is: string, purpose: string, remedy: string): WiringError {
  return new WiringError(
    "device-in-use",
    `${uplink.device}, for the physical network ${uplink.physicalNetwork}, ${is} and cannot ${purpose}; ` +
      `${remedy} or correct ${uplink.setting}`,
  );
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
  // The bridge goes last: as long as it is there, this is done again when a process was killed in the middle of it.
  if (uplink) releaseVlan(socket, uplink, bridge, estate);
  deleteLink(socket, bridge.name);
  return true;
}

function releaseVlan(socket: NetlinkSocket, uplink: Link, bridge: Link, estate: Estate): void {
  if (uplink.kind !== "vlan" || !isOurs(uplink) || !isEmpty(estate)) return;
  if (uplink.master === bridge.index) socket.request(setLink(uplink, { master: 0 }));
  removeUnusedVlan(socket, uplink.name);
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

/** The kernel gives a device to one taker of all its frames: a bridge, or macvlan devices, also those in pods. */
function join(socket: NetlinkSocket, device: Link, bridge: Link, uplink: Uplink): void {
  try {
    socket.request(setLink(device, { master: bridge.index, up: true }));
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw inUse(uplink, "carries macvlan or ipvlan devices", `join ${bridge.name}`, "remove those");
  }
}

function openDevice(socket: NetlinkSocket, uplink: Uplink): Link {
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

/**
 * VLAN devices on NICs: made when the first pod of a network needs one, removed when nothing uses it. All of this is to
 * be called under the node's lock.
 *
 * Whether a device is used only the kernel knows: macvlan devices on it live in pods' namespaces, where they cannot be
 * listed from here, and not all of them need be skynet's. It is asked by a *claim*: a macvlan device in passthru mode
 * has its parent alone, so the kernel refuses it while there is any other, or a bridge (drivers/net/macvlan.c). When it
 * grants the claim, nobody can put a device there any more, and the VLAN device is deleted together with the claim.
 */
import { isBusy, isExist, isInvalid, isNotSupported } from "../netlink/errors.ts";
import { createMacvlan, createVlan, setLink } from "../netlink/link-changes.ts";
import { deleteLink, findLink, type Link, listLinks } from "../netlink/links.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { isEmpty, readEstate } from "./estate.ts";
import { setIpv6 } from "./ipv6-setting.ts";
import { isOurs, SKYNET_MARK } from "./owner.ts";

/**
 * The VLAN device of that name, up; made when it is missing. IPv6 is off on one made here before it first comes up, so
 * that the node gets no address on the pods' network.
 *
 * @throws WiringError when something else has its name or its VLAN; NetlinkError
 */
export function ensureVlan(socket: NetlinkSocket, nic: Link, name: string, id: number): Link {
  const device = findLink(socket, name) ?? makeVlan(socket, nic, name, id);
  checkVlan(device, nic, id);
  if (isOurs(device)) dropClaim(socket, device);
  if (isOurs(device) && !device.up) setIpv6(device.name, false);
  // A VLAN device is born with its NIC's MTU, and stays behind when the NIC's is raised.
  const mtu = isOurs(device) ? Math.max(device.mtu, nic.mtu) : device.mtu;
  if (!device.up || mtu !== device.mtu) socket.request(setLink(device, { up: true, mtu }));
  return { ...device, up: true, mtu };
}

/** @throws WiringError when the device is not this VLAN of this NIC */
export function checkVlan(device: Link, nic: Pick<Link, "index" | "name">, id: number): void {
  const problem = vlanProblem(device, nic, id);
  if (problem !== undefined)
    throw new WiringError("device-in-use", `${problem}; remove or rename that device`);
}

/** What is wrong with a device that is to be this VLAN of this NIC, or nothing. */
export function vlanProblem(device: Link, nic: Pick<Link, "index" | "name">, id: number): string | undefined {
  const onNic = isOn(device, nic);
  if (device.kind === "vlan" && device.vlanId === id && onNic) return undefined;
  const is =
    device.kind === "vlan"
      ? `VLAN ${device.vlanId}${onNic ? "" : " of another NIC"}`
      : (device.kind ?? "a physical device");
  return `${device.name} must be VLAN ${id} of ${nic.name} but is ${is}`;
}

/**
 * Removes a VLAN device if skynet made it and nothing uses it: no bridge, no macvlan device anywhere, no device on top,
 * no addresses of the host's. Answers whether it was removed.
 *
 * @throws NetlinkError
 */
export function removeUnusedVlan(socket: NetlinkSocket, name: string): boolean {
  const device = findLink(socket, name);
  if (device?.kind !== "vlan" || !isOurs(device) || device.master !== undefined) return false;
  const isParent = listLinks(socket).some((link) => isOn(link, device) && link.name !== claimName(device));
  // The claim comes last: while it is held, the host receives nothing on the device.
  if (isParent || !isEmpty(readEstate(socket, device)) || !claim(socket, device)) return false;
  return deleteLink(socket, device.name);
}

/** Removes all unused VLAN devices of skynet's and answers their names. @throws NetlinkError */
export function removeUnusedVlans(socket: NetlinkSocket): string[] {
  return listLinks(socket)
    .filter((link) => link.kind === "vlan" && isOurs(link))
    .map(({ name }) => name)
    .filter((name) => removeUnusedVlan(socket, name));
}

/** Whether the claim was granted. A kernel without macvlan has nothing to be claimed from. */
function claim(socket: NetlinkSocket, device: Link): boolean {
  const settings = { name: claimName(device), parent: device.index, group: SKYNET_MARK };
  try {
    socket.request(createMacvlan({ ...settings, mode: "passthru" }));
    return true;
  } catch (error) {
    if (isInvalid(error) || isBusy(error)) return false;
    if (isNotSupported(error)) return true;
    if (isExist(error)) return findClaim(socket, device) !== undefined;
    throw error;
  }
}

function dropClaim(socket: NetlinkSocket, device: Link): void {
  const held = findClaim(socket, device);
  if (held) deleteLink(socket, held.name);
}

/** A claim outlives its maker only when that is killed before it deletes the device. */
function findClaim(socket: NetlinkSocket, device: Link): Link | undefined {
  const link = findLink(socket, claimName(device));
  return link && isOurs(link) && isOn(link, device) ? link : undefined;
}

/** Whether a link sits on the device; both are of one namespace. */
function isOn(link: Link, device: Pick<Link, "index">): boolean {
  return link.parent === device.index && link.parentNamespaceId === undefined;
}

function claimName(device: Link): string {
  return `claim${device.index}`;
}

function makeVlan(socket: NetlinkSocket, nic: Link, name: string, id: number): Link {
  try {
    socket.request(createVlan({ name, parent: nic.index, id, group: SKYNET_MARK }));
  } catch (error) {
    throw explained(socket, error, nic, name, id);
  }
  const device = findLink(socket, name);
  if (device) return device;
  throw new WiringError("device-in-use", `${name} disappeared as soon as it was made; who removes it?`);
}

function explained(socket: NetlinkSocket, error: unknown, nic: Link, name: string, id: number): unknown {
  const vlan = `VLAN ${id} of ${nic.name}`;
  if (isNotSupported(error)) {
    const message = `${vlan}: this kernel has no VLAN devices; load its module 8021q`;
    return new WiringError("unsupported-kernel", message, { cause: error });
  }
  const rival = listLinks(socket).find((link) => vlanProblem(link, nic, id) === undefined);
  if (!isExist(error) || !rival) return error;
  const message = `${vlan} must be called ${name} but is there as ${rival.name}; rename or remove that device`;
  return new WiringError("device-in-use", message, { cause: error });
}

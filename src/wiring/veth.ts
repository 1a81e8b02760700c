import { isExist } from "../netlink/errors.ts";
import { createVeth, type VethSettings } from "../netlink/link-changes.ts";
import { deleteLink, findLink, type Link, listLinks } from "../netlink/links.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { isEndpoint, isOurs } from "./owner.ts";
import type { HostEnd } from "./wiring.ts";

/**
 * Makes the veth of a port. A host's end that is there already is of an earlier attempt for the same port, and is
 * replaced.
 *
 * @param podNetns the pod's namespace, for the error
 * @throws WiringError "interface-exists", "device-in-use"; NetlinkError
 */
export function plugVeth(socket: NetlinkSocket, veth: VethSettings, podNetns: string): void {
  try {
    socket.request(createVeth(veth));
  } catch (error) {
    if (!isExist(error)) throw error;
    clearTheWay(socket, veth, podNetns);
    socket.request(createVeth(veth));
  }
}

/** The kernel says EEXIST for either end. */
function clearTheWay(socket: NetlinkSocket, veth: VethSettings, podNetns: string): void {
  const earlier = findLink(socket, veth.name);
  if (!earlier) {
    throw new WiringError(
      "interface-exists",
      `the interface ${veth.peer.name} already exists in ${podNetns}`,
    );
  }
  if (!isOurs(earlier)) {
    throw new WiringError(
      "device-in-use",
      `the device ${veth.name} already exists and is not skynet's; remove it, its name belongs to this port`,
    );
  }
  deleteLink(socket, veth.name);
}

/** Deletes a host's end that is skynet's, and with it the pod's. Answers whether there was one. @throws NetlinkError */
export function deleteHostEnd(socket: NetlinkSocket, link: Link | undefined): boolean {
  return link !== undefined && isOurs(link) && deleteLink(socket, link.name);
}

/** The host's ends that skynet made, whatever they are plugged into. @throws NetlinkError */
export function listHostEnds(socket: NetlinkSocket): Link[] {
  return listLinks(socket).filter((link) => isOurs(link) && isEndpoint(link));
}

/** The same as the wiring's callers see them. @throws NetlinkError */
export function describeHostEnds(): HostEnd[] {
  using socket = NetlinkSocket.open();
  return listHostEnds(socket).map(({ name }) => ({ name, parked: false }));
}

/**
 * Whether the host's end of a veth carries traffic: a bridge forwards to a port from the moment that the kernel's link
 * watch has seen the other end come up. @throws NetlinkError
 */
export function hostEndCarries(plan: { readonly hostEnd: string }): boolean {
  using socket = NetlinkSocket.open();
  return findLink(socket, plan.hostEnd)?.operstate === "up";
}

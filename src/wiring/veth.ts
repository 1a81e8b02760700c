import { isExist } from "../netlink/errors.ts";
import { createVeth, setLink, type VethSettings } from "../netlink/link-changes.ts";
import { deleteLink, findLink, type Link, listLinks } from "../netlink/links.ts";
import type { Request } from "../netlink/message.ts";
import type { Namespace } from "../netlink/namespace.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { hostEndOf, podSideName, standInName, tapMac } from "./names.ts";
import { isEndpoint, isOurs, SKYNET_MARK } from "./owner.ts";
import { deletePutAside, isPutAside, putAside } from "./put-aside.ts";
import type { HostEnd, PodEnd } from "./wiring.ts";

/** The veth of a port: the host's end, in a bridge of the kernel's where one is given, and another in a namespace. */
export function vethOf(
  plan: { readonly hostEnd: string; readonly mac: string; readonly mtu: number },
  namespace: Namespace,
  peer: { readonly name: string; readonly group?: number },
  bridge?: Pick<Link, "index">,
): VethSettings {
  return {
    name: plan.hostEnd,
    mac: tapMac(plan.mac),
    mtu: plan.mtu,
    ...(bridge === undefined ? {} : { bridge: bridge.index }),
    group: SKYNET_MARK,
    peer: { namespaceFd: namespace.fd, ...peer, mac: plan.mac },
  };
}

/**
 * Makes the veth of a port. A host's end that is there already is of an earlier attempt for the same port, and is
 * replaced.
 *
 * @param netns the peer's namespace, for the error
 * @throws WiringError "interface-exists", "device-in-use"; NetlinkError
 */
export function plugVeth(socket: NetlinkSocket, veth: VethSettings, netns: string): void {
  makeVeth(socket, createVeth(veth), () => clearTheWay(socket, veth, netns));
}

/**
 * Has a veth made though one of its names may be taken: first what was put aside gives way, then `clear` is asked to
 * make room, or to throw why there is none.
 *
 * @throws NetlinkError
 */
export function makeVeth(socket: NetlinkSocket, request: Request, clear: () => void): void {
  for (const makeRoom of [deletePutAside, clear]) {
    const [refused] = socket.attempt([request]);
    if (!refused) return;
    if (!isExist(refused)) throw refused;
    makeRoom(socket);
  }
  socket.request(request);
}

/** The kernel says EEXIST for either end. */
function clearTheWay(socket: NetlinkSocket, veth: VethSettings, netns: string): void {
  const earlier = findLink(socket, veth.name);
  if (!earlier) throw interfaceExists(veth.peer.name, netns);
  if (!isOurs(earlier)) {
    throw new WiringError(
      "device-in-use",
      `the device ${veth.name} already exists and is not skynet's; remove it, its name belongs to this port`,
    );
  }
  removeHostEnd(socket, veth.name);
}

export function interfaceExists(ifname: string, netns: string): WiringError {
  return new WiringError("interface-exists", `the interface ${ifname} already exists in ${netns}`);
}

/** Writes on the host's end whose the pod behind it is. @throws NetlinkError */
export function sign(socket: NetlinkSocket, hostEnd: string, { owner }: PodEnd): void {
  const link = owner === undefined ? undefined : findLink(socket, hostEnd);
  if (link) socket.request(setLink(link, { alias: owner ?? "" }));
}

/**
 * Deletes all links of a host's end that are skynet's, and with them the pod's end. Answers whether there was any.
 *
 * @throws NetlinkError
 */
export function removeHostEnd(socket: NetlinkSocket, hostEnd: string): boolean {
  const found = [podSideName(hostEnd), hostEnd].map((name) => findLink(socket, name));
  const links = found.filter((link) => link !== undefined).filter((link) => isOurs(link) || isPutAside(link));
  const [only, ...others] = links;
  if (only && others.length === 0 && isOurs(only)) return deleteLink(socket, only.name);
  putAside(socket, links.filter(isOurs));
  return links.length > 0 && deletePutAside(socket);
}

/** The same for a host's end that was found. @throws NetlinkError */
export function deleteHostEnd(socket: NetlinkSocket, link: Link | undefined): boolean {
  return link !== undefined && isOurs(link) && removeHostEnd(socket, link.name);
}

/**
 * Deletes hosts' ends of skynet's, with all that belongs to them, at once: one by one takes the kernel 15 to 20 ms each.
 *
 * @throws NetlinkError
 */
export function deleteHostEnds(socket: NetlinkSocket, hostEnds: readonly Link[]): void {
  const podSides = new Set(hostEnds.map(({ name }) => podSideName(name)));
  const isTheirs = (link: Link) => isOurs(link) && podSides.has(link.name);
  putAside(socket, [...listLinks(socket).filter(isTheirs), ...hostEnds]);
  deletePutAside(socket);
}

/** Puts aside the pods' sides whose host's end somebody else has removed. @throws NetlinkError */
export function putOrphansAside(socket: NetlinkSocket): void {
  const links = listLinks(socket);
  const names = new Set(links.map(({ name }) => name));
  const isOrphan = (link: Link) => isOurs(link) && !names.has(hostEndOf(link.name) ?? link.name);
  putAside(socket, links.filter(isOrphan));
}

/** The host's ends that skynet made, whatever they are plugged into. @throws NetlinkError */
export function listHostEnds(socket: NetlinkSocket): Link[] {
  return listLinks(socket).filter(isHostEnd);
}

/** The same as the wiring's callers see them. @throws NetlinkError */
export function describeHostEnds(): HostEnd[] {
  using socket = NetlinkSocket.open();
  const links = listLinks(socket);
  const ours = new Map(links.filter(isOurs).map((link) => [link.name, link]));
  return links.filter(isHostEnd).map((link) => {
    const podSide = ours.get(podSideName(link.name));
    const parked = podSide === undefined && ours.has(standInName(link.name));
    const owner = (podSide ?? link).alias;
    return { name: link.name, parked, ...(owner === undefined ? {} : { owner }) };
  });
}

/**
 * Whether the host's end of a veth carries traffic: a bridge forwards to a port from the moment that the kernel's link
 * watch has seen the other end come up. @throws NetlinkError
 */
export function hostEndCarries(plan: { readonly hostEnd: string }): boolean {
  using socket = NetlinkSocket.open();
  const isUp = (link: Link | undefined) => link?.operstate === "up";
  const podSide = findLink(socket, podSideName(plan.hostEnd));
  return isUp(findLink(socket, plan.hostEnd)) && (podSide === undefined || isUp(podSide));
}

function isHostEnd(link: Link): boolean {
  return isOurs(link) && isEndpoint(link) && hostEndOf(link.name) === undefined;
}

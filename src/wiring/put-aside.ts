/**
 * Links that are off the network and only wait to be deleted. Deleting one takes the kernel 15 to 20 ms, and deleting
 * many at once no longer, so it is done for all of them when nobody waits.
 */
import { isNoDevice } from "../netlink/errors.ts";
import { setLink } from "../netlink/link-changes.ts";
import {
  deleteLinks,
  deleteLinksInPool,
  groupDeletion,
  type Link,
  linkDeletion,
  listLinks,
} from "../netlink/links.ts";
import type { Request } from "../netlink/message.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { hostEndOf, isTapName, podSideName } from "./names.ts";
import { PUT_ASIDE } from "./owner.ts";

export function isPutAside(link: Link): boolean {
  return link.group === PUT_ASIDE;
}

/** Takes links off the network, in this order, for {@link deletePutAside}; those that are gone already are fine. @throws NetlinkError */
export function putAside(socket: NetlinkSocket, links: readonly Link[]): void {
  if (links.length === 0) return;
  const outcomes = socket.attempt(links.map((link) => setLink(link, { up: false, group: PUT_ASIDE })));
  const failure = outcomes.find((error) => error !== undefined && !isNoDevice(error));
  if (failure) throw failure;
}

/** The same for a host's end, whose name is free afterwards. @throws NetlinkError */
export function putTapAside(socket: NetlinkSocket, tap: Link): void {
  putAside(socket, [tap]);
  const [refused] = socket.attempt([setLink(tap, { name: podSideName(tap.name) })]);
  if (refused) deletePutAside(socket);
}

/** Deletes whatever any port of the node has put aside, and holds nobody up. @throws NetlinkError */
export async function tidy(): Promise<void> {
  using socket = NetlinkSocket.open();
  for (const deletion of deletions(socket)) await deleteLinksInPool(socket, deletion);
}

/** Deletes all links that were put aside, and answers whether there were any. @throws NetlinkError */
export function deletePutAside(socket: NetlinkSocket): boolean {
  return deletions(socket)
    .map((deletion) => deleteLinks(socket, deletion))
    .includes(true);
}

/** One of the whole group, or one of each link: should others use the same group, their links stay. */
function deletions(socket: NetlinkSocket): Request[] {
  const found = listLinks(socket).filter(isPutAside);
  const ours = found.filter(({ name }) => hostEndOf(name) !== undefined || isTapName(name));
  if (ours.length === 0) return [];
  return ours.length === found.length
    ? [groupDeletion(PUT_ASIDE)]
    : ours.map(({ name }) => linkDeletion(name));
}

import { findLink } from "../netlink/links.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { podSideName, standInName } from "./names.ts";
import { isOurs } from "./owner.ts";
import type { HostEnd } from "./wiring.ts";

/**
 * One host's end of skynet's, or nothing: what {@link Wiring.hostEnds} says of it, without listing every link of the
 * node. @throws NetlinkError
 */
export function findHostEnd(name: string): HostEnd | undefined {
  using socket = NetlinkSocket.open();
  const ours = (wanted: string) => {
    const link = findLink(socket, wanted);
    return link && isOurs(link) ? link : undefined;
  };
  const tap = ours(name);
  if (tap === undefined) return undefined;
  const podSide = ours(podSideName(name));
  const owner = (podSide ?? tap).alias;
  const parked = podSide === undefined && ours(standInName(name)) !== undefined;
  return { name, parked, ...(owner === undefined ? {} : { owner }) };
}

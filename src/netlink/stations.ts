/** Unicast MACs that a link takes in for others. */
import * as c from "./constants.ts";
import { formatMac } from "./mac.ts";
import { encodeNeighbour, parseNeighbour } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

/**
 * The MACs, besides its own, that frames to the link may have: those of the macvlan devices on it that are up, in
 * whatever namespace (net/core/rtnetlink.c, ndo_dflt_fdb_dump: `bridge fdb show dev NAME`).
 *
 * @throws NetlinkError
 */
export function listStations(socket: NetlinkSocket, link: { index: number; name: string }): string[] {
  const payload = encodeNeighbour({ family: c.AF_BRIDGE, index: link.index });
  const operation = `list the unicast addresses of ${link.name}`;
  return socket
    .dump({ type: c.RTM_GETNEIGH, flags: 0, payload, operation })
    .map((message) => parseNeighbour(message.payload))
    .filter(({ index }) => index === link.index)
    .map(({ attributes }) => attributes.get(c.NDA_LLADDR) ?? new Uint8Array())
    .filter(([first = 1]) => (first & MULTICAST) === 0)
    .map(formatMac);
}

/** Lowest bit of a MAC's first byte (IEEE 802). */
const MULTICAST = 1;

import { findLink } from "../netlink/links.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import type { WiringOptions } from "./wiring.ts";

/**
 * What is wrong with this node for every pod on it: a NIC that carries the pods' networks is missing or down.
 * Where Neutron's agent owns the NICs, that is the agent's to say.
 */
export function nodeProblems(options: WiringOptions): string[] {
  if (options.neutronAgent !== "none") return [];
  const trunk = options.trunkNic === undefined ? [] : [options.trunkNic];
  const nics = new Set([...Object.values(options.physicalNetworks), ...trunk]);
  if (nics.size === 0) return [];
  using socket = NetlinkSocket.open();
  return [...nics].flatMap((nic) => {
    const link = findLink(socket, nic);
    if (link === undefined) return [`the NIC ${nic} is missing`];
    return link.up ? [] : [`the NIC ${nic} is down`];
  });
}

import { findLink } from "../netlink/links.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import type { WiringOptions } from "./wiring.ts";

/**
 * What is wrong with the node's NICs for every pod on it: one that carries the pods' networks is missing or down.
 * Where Neutron's agent owns the NICs, that is the agent's to say.
 */
export function nicProblems(options: WiringOptions): string[] {
  if (options.neutronAgent !== "none") return [];
  const nics = settingsOfNics(options);
  if (nics.size === 0) return [];
  using socket = NetlinkSocket.open();
  return [...nics].flatMap(([nic, setting]) => {
    const link = findLink(socket, nic);
    if (link === undefined) return [`the NIC ${nic} (${setting}) is missing`];
    return link.up ? [] : [`the NIC ${nic} (${setting}) is down`];
  });
}

/** Each NIC with the key of the configuration that names it. */
function settingsOfNics({ physicalNetworks, trunkNic }: WiringOptions): Map<string, string> {
  const listed = Object.entries(physicalNetworks).map(
    ([network, nic]) => [nic, `plugin.physical_networks.${network}`] as const,
  );
  return new Map([...(trunkNic === undefined ? [] : [[trunkNic, "plugin.trunk_nic"] as const]), ...listed]);
}

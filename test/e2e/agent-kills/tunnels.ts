/**
 * How far packets for all, such as IPv6's neighbour discovery, come between the nodes of a network with tunnels. Neutron's
 * server tells each agent the other nodes (mechanism driver l2population).
 */
import type { Arena } from "./arena.ts";

/** What the nodes' switches flood into tunnels, as their tools tell it. Empty beside the simulator: there are no tunnels. */
export async function floodsIntoTunnels({ lab, real, neutronsPart }: Arena): Promise<string[]> {
  if (!real) return [];
  const [linuxbridge] = lab.nodes;
  const outputs = await Promise.all([
    linuxbridge?.run(["bridge", "fdb", "show"]).then((text) => linesWith(text, "00:00:00:00:00:00")),
    neutronsPart.openvswitch.ofctl("dump-flows", TUNNEL_BRIDGE, `table=${FLOOD_TO_TUN}`),
  ]);
  return outputs.map(String);
}

const TUNNEL_BRIDGE = "br-tun";
/** Neutron's plugins/ml2/drivers/openvswitch/agent/common/constants.py, FLOOD_TO_TUN. */
const FLOOD_TO_TUN = 22;

function linesWith(text: string, what: string): string {
  return text
    .split("\n")
    .filter((line) => line.includes(what))
    .join("\n");
}

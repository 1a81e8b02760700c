/**
 * How far packets for all, such as IPv6's neighbour discovery, come between the nodes of a network with tunnels. Neutron's
 * server tells each agent the other nodes (mechanism driver l2population).
 */
import { hasOpenVswitch } from "../../../lab/node-kinds.ts";
import type { Arena } from "./arena.ts";

const TUNNEL_BRIDGE = "br-tun";
/** neutron/plugins/ml2/drivers/openvswitch/agent/common/constants.py, FLOOD_TO_TUN. */
const FLOOD_TO_TUN = 22;
/** The kernel's forwarding database has it for whatever address it does not know (bridge(8)). */
const ALL = "00:00:00:00:00:00";

/** What the nodes' switches flood into tunnels, as their tools tell it. Empty beside the simulator: there are no tunnels. */
export async function floodsIntoTunnels(arena: Arena): Promise<string[]> {
  const [linuxbridge] = arena.lab.nodes;
  if (!arena.real || linuxbridge === undefined) return [];
  const entries = await linuxbridge.run(["bridge", "fdb", "show"]);
  return [...entries.split("\n").filter((line) => line.includes(ALL)), await switchFlows(arena)];
}

/**
 * Restarts Neutron's Open vSwitch agent if it has lost the tunnels, as an administrator must. When ovs-vswitchd was started
 * anew the agent makes all flows again, but the server sends the other nodes once more only to an agent that is younger
 * than `agent_boot_time` (180 s; neutron/plugins/ml2/drivers/l2pop/mech_driver.py), or when the host's first port becomes
 * ACTIVE.
 *
 * @returns whether they were lost
 */
export async function restoreTunnels(arena: Arena): Promise<boolean> {
  const node = arena.lab.nodes.find(({ kind }) => hasOpenVswitch(kind));
  const agent = arena.real && arena.lab.neutron.agents.find(({ host }) => host === node?.hostname);
  if (!agent || (await switchFlows(arena)).includes("output:")) return false;
  await agent.stop();
  await agent.start();
  return true;
}

function switchFlows({ neutronsPart }: Arena): Promise<string> {
  return neutronsPart.openvswitch.ofctl("dump-flows", TUNNEL_BRIDGE, `table=${FLOOD_TO_TUN}`);
}

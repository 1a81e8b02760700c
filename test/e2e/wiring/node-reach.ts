/** Whether a pod's packets get into its node's own network over the pod's link, past everything that filters there. */
import { attempt, run } from "../../../lab/command.ts";
import type { PodEnd } from "../../../src/wiring/wiring.ts";
import type { Node } from "./node.ts";

/** Addresses of the node's that no network leads to. */
const NODE_ADDRESSES = ["10.77.0.1", "fd77::1"];

/**
 * Gives the node two addresses and has the pod call them, by the MAC of its host's end. Answers what came through:
 * questions for the MAC that were answered (`arp`), and families of packets that the node took.
 */
export async function reachOfNode(node: Node, pod: PodEnd, hostEnd: string): Promise<string[]> {
  await node.ip("link set lo up", ...NODE_ADDRESSES.map((address) => `address add ${address} dev lo`));
  const before = await echoesTaken(node);
  const asked = await findsMac(pod);
  for (const address of NODE_ADDRESSES) await call(pod, address, (await node.link(hostEnd))?.address ?? "");
  const after = await echoesTaken(node);
  const full = (address: string) => `${address}/${address.includes(":") ? 128 : 32}`;
  await node.ip(...NODE_ADDRESSES.map((address) => `address del ${full(address)} dev lo`));
  return [
    ...(asked ? ["arp"] : []),
    ...["IPv4", "IPv6"].filter((_, index) => after[index] !== before[index]),
  ];
}

async function findsMac(pod: PodEnd): Promise<boolean> {
  const [address = ""] = NODE_ADDRESSES;
  await inPod(pod, "ip", "route", "replace", `${address}/32`, "dev", pod.ifname);
  await inPod(pod, "ping", "-c", "1", "-W", "1", address);
  return (await inPod(pod, "ip", "neigh", "show", address)).includes("lladdr");
}

async function call(pod: PodEnd, address: string, mac: string): Promise<void> {
  await inPod(pod, "ip", "route", "replace", address, "dev", pod.ifname);
  await inPod(pod, "ip", "neigh", "replace", address, "lladdr", mac, "dev", pod.ifname);
  await inPod(pod, "ping", "-c", "1", "-W", "1", address);
}

async function inPod(pod: PodEnd, ...argv: string[]): Promise<string> {
  return (await attempt(["nsenter", `--net=${pod.netns}`, ...argv])).stdout;
}

/** How many pings the node's own network has taken, by family (proc_net(5), snmp and snmp6). */
async function echoesTaken(node: Node): Promise<[number, number]> {
  const read = (name: string) =>
    run(["ip", "netns", "exec", node.namespace, "cat", `/proc/self/net/${name}`]);
  const [names, values] = (await read("snmp")).split("\n").filter((line) => line.startsWith("Icmp: "));
  const column = names?.split(" ").indexOf("InEchos") ?? -1;
  const six = /^Icmp6InEchos\s+(\d+)$/m.exec(await read("snmp6"));
  return [Number(values?.split(" ")[column]), Number(six?.[1])];
}

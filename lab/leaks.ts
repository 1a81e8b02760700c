/** What a test left behind: links, namespaces and ports, compared with what was there before it. */
import type { Lab } from "./lab.ts";
import { physicalInterface } from "./layout.ts";
import { type Link, links, namespaces } from "./namespaces.ts";
import type { Node } from "./node.ts";
import { hasAgent, hasOpenVswitch } from "./node-kinds.ts";
import { switchPorts } from "./openvswitch/ports.ts";
import { type WaitOptions, waitFor } from "./wait.ts";

/** Everything of a lab that a pod adds to. One line for each thing, saying what it is and where. */
export type Snapshot = ReadonlySet<string>;

/**
 * Takes stock of the lab's namespaces and of Neutron's ports. Runs inside the control namespace.
 *
 * Where Neutron's agent runs, the bridge of a network and its uplinks are the agent's: it keeps them as long as the
 * network is there, so they are no leak.
 */
export async function snapshot(lab: Lab): Promise<Snapshot> {
  const own = namespaces().filter((name) => lab.layout.owns(name));
  const agents = new Set(
    lab.nodes.filter(({ kind }) => hasAgent(lab.backend, kind)).map(({ namespace }) => namespace),
  );
  const parts = await Promise.all([
    ...own.map((name) => namespaceLines(name, agents.has(name))),
    ...lab.nodes.map(switchLines),
    portLines(lab.url),
  ]);
  return new Set(parts.flat());
}

/** What `after` has that `before` had not, sorted: empty when nothing leaked. */
export function leaks(before: Snapshot, after: Snapshot): string[] {
  return [...after].filter((line) => !before.has(line)).sort();
}

/** What `before` had that `after` has not, sorted: empty when nothing was destroyed. */
export function losses(before: Snapshot, after: Snapshot): string[] {
  return leaks(after, before);
}

/** Waits until nothing more is there than `before`, as some things go a moment late; answers what stays. */
export async function lastingLeaks(lab: Lab, before: Snapshot, options: WaitOptions = {}): Promise<string[]> {
  let left: string[] = [];
  const clean = async () => {
    left = leaks(before, await snapshot(lab));
    return left.length === 0;
  };
  await waitFor("clean lab", clean, { timeout: 10_000, interval: 200, ...options }).catch(() => undefined);
  return left;
}

async function namespaceLines(namespace: string, agent: boolean): Promise<string[]> {
  const present = await links(namespace);
  const counted = present.filter((link) => !(agent && keptByAgent(link)));
  return [`namespace ${namespace}`, ...counted.map((link) => linkLine(namespace, link))];
}

/** One link in words, with the bridge it is in. */
export function linkLine(namespace: string, link: Link): string {
  return `${namespace}: link ${link.ifname}${link.master === undefined ? "" : ` in ${link.master}`}`;
}

/** Ports of the node's Open vSwitch, but not what agents and the lab make there for themselves. */
async function switchLines(node: Node): Promise<string[]> {
  if (!hasOpenVswitch(node.kind)) return [];
  const ports = await switchPorts(node.openvswitch);
  return ports.map(({ name, bridge }) => `${node.namespace}: port ${name} of Open vSwitch in ${bridge}`);
}

/** Whether a link of a node is a network's bridge, tunnel, VLAN device, or the physical interface in that bridge. */
export function keptByAgent({ ifname }: Link): boolean {
  const uplink = ifname === physicalInterface || ifname.startsWith(`${physicalInterface}.`);
  return uplink || /^(brq|vxlan-|vxlan_sys_|genev_sys_)/.test(ifname);
}

async function portLines(url: string): Promise<string[]> {
  const fields = "fields=id&fields=name&fields=device_owner";
  const response = await fetch(`${url}/v2.0/ports?${fields}`, { signal: AbortSignal.timeout(60_000) });
  const { ports } = (await response.json()) as {
    ports: { id: string; name: string; device_owner: string }[];
  };
  return ports.map((port) => `port ${port.id} ${port.name} ${port.device_owner}`);
}

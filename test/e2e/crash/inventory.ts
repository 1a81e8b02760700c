/** Everything that pods add to, or that must stay as it is: one line a thing. */
import { run } from "../../../lab/command.ts";
import type { Node } from "../../../lab/node.ts";
import { hasOpenVswitch } from "../../../lab/node-kinds.ts";
import { switchPorts } from "../../../lab/openvswitch/ports.ts";
import type { Pod } from "../../../lab/pod.ts";
import { openStore } from "../../../src/state/index.ts";
import type { Cloud } from "../simulator/cloud.ts";

/** What there is, each line once. */
export type Inventory = ReadonlySet<string>;

interface Link {
  readonly ifname: string;
  readonly address?: string;
  readonly mtu: number;
  readonly master?: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
}

export interface Place {
  readonly node: Node;
  readonly stateDir: string;
  readonly pod: Pod;
  readonly cloud: Cloud;
}

/** Takes stock of node, pod and cloud. */
export async function takeInventory(place: Place): Promise<Inventory> {
  const { node, pod } = place;
  const parts = await Promise.all([
    linkLines("node", node.namespace),
    routeLines(node.namespace, "-4"),
    routeLines(node.namespace, "-6"),
    linkLines("pod", pod.netns),
    switchLines(node),
    portLines(place.cloud),
  ]);
  return new Set([...parts.flat(), ...storeLines(place.stateDir)]);
}

/** How `after` differs from `before`, a line for each thing, `+` or `-` before it; empty when it does not. */
export function differences(before: Inventory, after: Inventory): string[] {
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
}

async function linkLines(where: string, namespace: string): Promise<string[]> {
  const links: Link[] = JSON.parse(await run(["ip", "-json", "-n", namespace, "address", "show"]));
  return links.flatMap(({ ifname, address, mtu, master, flags, addr_info }) => {
    const state = flags.includes("UP") ? "up" : "down";
    const bridge = master === undefined ? "" : ` in ${master}`;
    return [
      `${where}: link ${ifname}, ${address}, MTU ${mtu}, ${state}${bridge}`,
      ...addr_info
        .filter(({ scope }) => scope === "global")
        .map(({ local, prefixlen }) => `${where}: address ${local}/${prefixlen} on ${ifname}`),
    ];
  });
}

/** Routes but those that the kernel makes for each address and link. */
async function routeLines(namespace: string, family: "-4" | "-6"): Promise<string[]> {
  const output = await run(["ip", family, "-n", namespace, "route", "show", "table", "all"]);
  return output
    .split("\n")
    .filter((line) => line !== "" && !/table local|fe80::|ff00::/.test(line))
    .map((line) => `node: route ${line.replace(" linkdown", "").trim()}`);
}

async function switchLines(node: Node): Promise<string[]> {
  if (!hasOpenVswitch(node.kind)) return [];
  const { openvswitch } = node;
  const [bridges, ports] = await Promise.all([
    openvswitch.vsctl("--no-wait", "list-br"),
    switchPorts(openvswitch),
  ]);
  return [
    ...bridges
      .trim()
      .split("\n")
      .map((name) => `switch: bridge ${name}`),
    ...ports.map(({ name, bridge }) => `switch: port ${name} in ${bridge}`),
  ];
}

async function portLines(cloud: Cloud): Promise<string[]> {
  const ports = await cloud.ports();
  return ports.map(({ id, name, device_id }) => `Neutron: port ${id} ${name} of ${device_id}`);
}

function storeLines(stateDir: string): string[] {
  const store = openStore(stateDir);
  try {
    return [
      ...store.attachments.list().map(({ containerId, state }) => `store: ${containerId} is ${state}`),
      ...store.journal.list().map(({ deviceId, reason }) => `journal: ${deviceId}: ${reason}`),
    ];
  } finally {
    store.close();
  }
}

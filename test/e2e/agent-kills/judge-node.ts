/** The nodes: links, ports of the switch and namespaces are those of living pods and of ports that wait for one. */
import { keptByAgent } from "../../../lab/leaks.ts";
import { type Link, namespaces } from "../../../lab/namespaces.ts";
import { hasOpenVswitch } from "../../../lab/node-kinds.ts";
import { switchPorts } from "../../../lab/openvswitch/ports.ts";
import { podSideName, standInName } from "../../../src/wiring/names.ts";
import type { WiringPlan } from "../../../src/wiring/wiring.ts";
import type { Arena, Site } from "./arena.ts";
import { attachedOf, memoryOf, nameOf } from "./judge-neutron.ts";

/** Names of what there is on a node. */
export interface NodeStock {
  readonly links: readonly string[];
  readonly switchPorts: readonly string[];
}

export async function takeStock({ node }: Site): Promise<NodeStock> {
  const [links, ports] = await Promise.all([
    node.links(),
    hasOpenVswitch(node.kind) ? switchPorts(node.openvswitch) : [],
  ]);
  return { links: links.map(({ ifname }) => ifname), switchPorts: ports.map(({ name }) => name) };
}

export async function nodeProblems(
  arena: Arena,
  site: Site,
  index: number,
  before: NodeStock | undefined,
): Promise<string[]> {
  const host = site.node.hostname;
  const attached = attachedOf(arena, index);
  const taps = attached.flatMap(({ hostEnd }) => hostEnd ?? []);
  const waiting = memoryOf(site).hot.flatMap(
    ({ wiring }) => (wiring as WiringPlan | undefined)?.hostEnd ?? [],
  );
  const ready = memoryOf(site).hot.flatMap(({ state, wiring }) =>
    state === "hot" ? ((wiring as WiringPlan | undefined)?.hostEnd ?? []) : [],
  );
  const allowed = new Set([
    ...(before?.links ?? []),
    ...taps.flatMap((tap) => [tap, standInName(tap), podSideName(tap)]),
    ...waiting.flatMap((tap) => [tap, standInName(tap)]),
  ]);
  const links = await site.node.links();
  const names = new Set(links.map(({ ifname }) => ifname));
  const strays = links.filter((link) => !allowed.has(link.ifname) && !(arena.real && keptByAgent(link)));
  return [
    ...strays.map(({ ifname }) => `${host} has a link ${ifname}`),
    ...(before?.links ?? [])
      .filter((name) => !names.has(name))
      .map((name) => `${host} has lost its link ${name}`),
    ...attached.flatMap((tracked) =>
      names.has(tracked.hostEnd ?? "")
        ? []
        : [`${host} has no link ${tracked.hostEnd} for ${nameOf(tracked)}`],
    ),
    ...ready.flatMap((tap) => standInProblems(host, tap, links)),
    ...(await switchProblems(site, [...taps, ...waiting], [...taps, ...ready], before?.switchPorts ?? [])),
  ];
}

/** A port that is ready has its stand-in, which is down until a pod comes. */
function standInProblems(host: string, tap: string, links: readonly Link[]): string[] {
  const find = (name: string) => links.find(({ ifname }) => ifname === name);
  const [hostEnd, standIn] = [find(tap), find(standInName(tap))];
  if (hostEnd === undefined || standIn === undefined) {
    return [`${host} has no stand-in for ${tap}, which is said to be ready`];
  }
  return hostEnd.master === undefined && !hostEnd.flags.includes("UP")
    ? [`${host}: ${tap} is said to be ready, and is not plugged in`]
    : [];
}

async function switchProblems(
  { node }: Site,
  allowed: readonly string[],
  needed: readonly string[],
  before: readonly string[],
): Promise<string[]> {
  if (!hasOpenVswitch(node.kind)) return [];
  const names = (await switchPorts(node.openvswitch)).map(({ name }) => name);
  const known = new Set([...before, ...allowed]);
  return [
    ...names.filter((name) => !known.has(name)).map((name) => `${node.hostname}'s switch has a port ${name}`),
    ...[...before, ...needed]
      .filter((name) => !names.includes(name))
      .map((name) => `${node.hostname}'s switch has no port ${name}`),
  ];
}

export function ownNamespaces({ lab }: Pick<Arena, "lab">): string[] {
  return namespaces().filter((name) => lab.layout.owns(name));
}

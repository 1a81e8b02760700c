/** What must be true when everything has come to rest: exactly what is attached is there, and nothing else. */
import { namespaces } from "../../../lab/namespaces.ts";
import { openStore, type Store } from "../../../src/state/index.ts";
import { bridgeName } from "../../../src/wiring/names.ts";
import { type Arena, CLUSTER, type Site } from "./arena.ts";
import { differences, type Fingerprint, type Foreign } from "./foreign.ts";
import type { Tracked } from "./model.ts";
import { perform } from "./operations.ts";

const GATEWAYS = ["10.50.0.1", "fd50:0:0:1::1"];

/** What was there before the first pod. */
export interface Baseline {
  readonly foreign: Fingerprint;
  /** Of each node: its links. */
  readonly links: readonly (readonly string[])[];
  readonly namespaces: readonly string[];
}

export async function takeBaseline(arena: Arena, foreign: Foreign): Promise<Baseline> {
  return {
    foreign: await foreign.fingerprint(),
    links: await Promise.all(arena.sites.map(linkNames)),
    namespaces: ownNamespaces(arena),
  };
}

/** Everything that is not as it must be, a sentence each. */
export async function findViolations(arena: Arena, foreign: Foreign, before: Baseline): Promise<string[]> {
  const found = await Promise.all([
    portProblems(arena, foreign),
    ...arena.sites.map((site, index) => linkProblems(arena, site, index + 1, before.links[index] ?? [])),
    ...arena.sites.map(async (site, index) => storeProblems(arena, site, index + 1)),
    namespaceProblems(arena, before),
    foreign.fingerprint().then((now) => differences(before.foreign, now)),
    attachedProblems(arena),
  ]);
  return found.flat();
}

async function portProblems({ cloud, model }: Arena, foreign: Foreign): Promise<string[]> {
  const ports = (await cloud.ports(CLUSTER)).filter(({ id }) => !foreign.portIds.has(id));
  const attached = new Map(model.all("attached").map((tracked) => [deviceIdOf(tracked), tracked]));
  const strays = ports
    .filter(({ device_id }) => !attached.has(device_id))
    .map((port) => `a port belongs to nothing that is attached: ${JSON.stringify(port)}`);
  const wrong = [...attached].flatMap(([deviceId, tracked]) => {
    const own = ports.filter(({ device_id }) => device_id === deviceId);
    if (own.length !== 1) return [`${nameOf(tracked)} has ${own.length} ports: ${JSON.stringify(own)}`];
    const addresses = own.flatMap(({ fixed_ips }) => fixed_ips.map(({ ip_address }) => ip_address)).sort();
    const same = JSON.stringify(addresses) === JSON.stringify(tracked.addresses);
    return same ? [] : [`${nameOf(tracked)} was told ${tracked.addresses} and its port has ${addresses}`];
  });
  return [...strays, ...wrong];
}

async function linkProblems(
  { lab, model }: Arena,
  site: Site,
  node: number,
  before: readonly string[],
): Promise<string[]> {
  const attached = model.all("attached").filter(({ sandbox }) => sandbox.node === node);
  const taps = attached.flatMap(({ hostEnd }) => hostEnd ?? []);
  const bridge = bridgeName(lab.seeded.flat1.id);
  const expected = new Set([...before, ...taps, ...(attached.length > 0 ? [bridge] : [])]);
  const now = await linkNames(site);
  return [
    ...now.filter((name) => !expected.has(name)).map((name) => `${site.node.hostname} has a link ${name}`),
    ...[...expected]
      .filter((name) => !now.includes(name))
      .map((name) => `${site.node.hostname} has no link ${name}`),
  ];
}

/** Rows of removed attachments are remembered on purpose, and are not listed. */
function storeProblems({ model }: Arena, site: Site, node: number): string[] {
  const attached = new Set(
    model.all("attached").flatMap((tracked) => (tracked.sandbox.node === node ? deviceIdOf(tracked) : [])),
  );
  return readStore(site, (store) => {
    const rows = store.attachments.list();
    const strays = rows.filter(({ deviceId, state }) => !attached.has(deviceId) || state !== "attached");
    const missing = [...attached].filter((id) => !rows.some(({ deviceId }) => deviceId === id));
    return [
      ...strays.map((row) => `a row of ${site.node.hostname} is nobody's: ${JSON.stringify(row)}`),
      ...missing.map((id) => `the store of ${site.node.hostname} has no row for ${id}`),
      ...store.journal.list().map((entry) => `a delete still waits: ${JSON.stringify(entry)}`),
    ];
  });
}

export function readStore<T>({ stateDir }: Pick<Site, "stateDir">, read: (store: Store) => T): T {
  const store = openStore(stateDir);
  try {
    return read(store);
  } finally {
    store.close();
  }
}

function namespaceProblems(arena: Arena, before: Baseline): string[] {
  const pods = arena.model.all("attached").map(({ sandbox }) => arena.lab.layout.pod(sandbox.id));
  const expected = new Set([...before.namespaces, ...pods]);
  return ownNamespaces(arena).flatMap((name) =>
    expected.has(name) ? [] : [`the namespace ${name} is left`],
  );
}

/** Every attached pod passes CHECK, and reaches the gateway and a pod of the other node. */
async function attachedProblems(arena: Arena): Promise<string[]> {
  const attached = arena.model.all("attached");
  const problems: string[] = [];
  for (const tracked of attached) {
    const { sandbox } = tracked;
    const { outcome } = await perform(arena, -1, { verb: "CHECK", node: sandbox.node, sandbox });
    if (outcome.kind !== "success") problems.push(`CHECK of ${nameOf(tracked)}: ${outcome.stdout}`);
    const other = attached.find((another) => another.sandbox.node !== sandbox.node);
    problems.push(...(await silences(arena, tracked, [...GATEWAYS, ...(other?.addresses ?? [])])));
  }
  return problems;
}

/** Addresses of the pod's own families that do not answer it. */
async function silences({ lab }: Arena, tracked: Tracked, others: readonly string[]): Promise<string[]> {
  const families = new Set(tracked.addresses.map(isIpv6));
  const targets = others.filter((address) => families.has(isIpv6(address)));
  const pod = await tracked.pod(lab);
  const replies = await Promise.all(targets.map((address) => pod.ping(address, { count: 1, timeout: 2 })));
  return targets.flatMap((address, index) =>
    (replies[index] ?? 0) > 0 ? [] : [`${nameOf(tracked)} gets no answer from ${address}`],
  );
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

async function linkNames({ node }: Site): Promise<string[]> {
  return (await node.links()).map(({ ifname }) => ifname).sort();
}

function ownNamespaces({ lab }: Arena): string[] {
  return namespaces().filter((name) => lab.layout.owns(name));
}

function deviceIdOf({ sandbox }: Tracked): string {
  return `skynet:${sandbox.containerId}:eth0`;
}

function nameOf({ sandbox }: Tracked): string {
  return `${sandbox.id} (${sandbox.podName} on node${sandbox.node})`;
}

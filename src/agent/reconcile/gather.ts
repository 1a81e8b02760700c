/** Looks at store, kernel and Neutron: the one part of a pass that costs time. */
import { poolThatFits } from "../../attachment/adopt.ts";
import { clusterTag, OWNER_TAG } from "../../attachment/identity.ts";
import { podEndOf } from "../../attachment/request.ts";
import type { World } from "../../attachment/world.ts";
import type { Result } from "../../cni/result.ts";
import { listPorts, type Port } from "../../openstack/neutron/ports.ts";
import { type AttachmentRecord, type HotPortRecord, isAtWork } from "../../state/index.ts";
import { inspectPodEnd } from "../../wiring/pod-end.ts";
import { type FoundPodEnd, findPodEnds, namespaceExists, namespacePaths } from "../../wiring/pod-search.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import type { AttachmentFacts, CloudFacts, Facts, HotPortFacts } from "./facts.ts";
import { unaccountedPorts } from "./ports.ts";
import type { Scope } from "./report.ts";

/** The worlds of a node's CNI networks, which share one store. */
export interface Estate {
  /** The agent's own network, for what no other is known for. */
  readonly home: World;
  readonly all: readonly World[];
}

/** Where the work of a CNI network is done. */
export function worldOf({ home, all }: Estate, network: string): World {
  return all.find(({ config }) => config.name === network) ?? home;
}

/**
 * What Neutron has on this host. Ports that rows name and the list lacks are asked for by their ids: a user to whom Neutron
 * hides on which hosts ports are gets an empty list.
 *
 * @throws OpenStackError
 */
export async function askNeutron(estate: Estate, signal: AbortSignal): Promise<CloudFacts> {
  const clouds = new Map(estate.all.map((world) => [world.endpointKey, world]));
  clouds.set(estate.home.endpointKey, estate.home);
  const ports: Port[] = [];
  for (const { neutron, config } of clouds.values()) {
    const filter = { "binding:host_id": config.hostname, tags: [OWNER_TAG] };
    const turn = { priority: "pool", lane: "reconciliation" } as const;
    ports.push(...(await listPorts(neutron.with(turn), filter, signal)));
  }
  const listed = new Set(ports.map(({ id }) => id));
  const { attachments, hotPorts } = estate.home.store;
  const named = [...attachments.list(), ...hotPorts.list()].flatMap(({ portId }) => portId ?? []);
  const unlisted = named.filter((id) => !listed.has(id));
  const gone = new Set(unlisted);
  for (const { neutron } of unlisted.length === 0 ? [] : clouds.values()) {
    const found = await listPorts(neutron.with({ priority: "pool" }), { ids: unlisted }, signal, ["id"]);
    for (const { id } of found) gone.delete(id);
  }
  return { ports, gone };
}

/**
 * Writes down of pods' ports what others may have changed and decides whether the next pod may have them: when the pods go,
 * Neutron may be away, and is taken at its last word.
 */
export function noteChanges({ home }: Estate, { ports, gone }: CloudFacts): void {
  for (const id of gone) home.store.attachments.seen(id, { status: "DOWN" });
  for (const { id, security_groups, allowed_address_pairs, admin_state_up, status } of ports) {
    home.store.attachments.seen(id, { security_groups, allowed_address_pairs, admin_state_up, status });
  }
}

export interface GatherOptions {
  readonly at: number;
  /** `node`: whoever starts the agent waits for it, and pods are not looked into. */
  readonly scope: Scope;
  readonly cloud: CloudFacts | undefined;
  readonly podLives: Facts["podLives"];
  readonly signal: AbortSignal;
}

/**
 * Everything of the node. Rows are read before the kernel is looked at, and both after Neutron was: a row is written
 * before anything is made of it, so that what Neutron has and no row names is nobody's.
 */
export async function gather(estate: Estate, options: GatherOptions): Promise<Facts> {
  const { store, wiring, config } = estate.home;
  const { at, cloud, podLives, signal } = options;
  const rows = store.attachments.list();
  const hotRows = store.hotPorts.list();
  const journal = store.journal.list();
  const hostEnds = wiring.hostEnds();
  const attachments: AttachmentFacts[] = [];
  for (const record of rows) attachments.push(await lookAtAttachment(estate, record, options));
  const hotPorts: HotPortFacts[] = [];
  for (const record of hotRows) hotPorts.push(await lookAtHotPort(estate, record, signal));
  const served = [...estate.all, estate.home].map((world) => world.config.name);
  const networks = new Set([
    ...served,
    ...[...rows, ...hotRows, ...journal, ...store.pools.list()].map(({ network }) => network),
  ]);
  const due = [...new Set(journal.map(({ network }) => network))].filter((network) =>
    store.journal.isDue(network),
  );
  const facts: Facts = {
    at,
    attachments,
    hotPorts,
    journal,
    due: cloud === undefined ? [] : due,
    hostEnds,
    podEnds: [],
    cloud,
    podLives,
    poolFor: (port: Port, network: string) => poolThatFits(worldOf(estate, network), port, network),
    clusterTag: clusterTag(config.cluster_name),
    networks,
  };
  return { ...facts, podEnds: await searchPodEnds(rows, unaccountedPorts(facts), signal) };
}

async function lookAtAttachment(
  estate: Estate,
  record: AttachmentRecord,
  { scope, signal }: GatherOptions,
): Promise<AttachmentFacts> {
  await giveWay(signal);
  const atWork = isAtWork(record);
  const netns = namespaceExists(record.netns);
  if (record.state !== "attached" || !netns || scope === "node")
    return { record, atWork, netns, podEnd: "not looked at", problems: [] };
  return {
    record,
    atWork,
    netns,
    podEnd: lookAtPodEnd(record),
    problems: await lookAtHostEnd(worldOf(estate, record.network), record, signal),
  };
}

function lookAtPodEnd(record: AttachmentRecord): AttachmentFacts["podEnd"] {
  const state = inspectPodEnd(podEndOf({ key: record, netns: record.netns }));
  if (state === undefined) return "missing";
  const answer = record.answer as Result | undefined;
  const expected = answer?.interfaces.find(
    ({ name, sandbox }) => sandbox !== undefined && name === record.ifname,
  );
  const mac = expected?.mac?.toLowerCase();
  return mac === undefined || mac === state.mac ? "as answered" : { mac: state.mac };
}

async function lookAtHostEnd(world: World, { wiring }: AttachmentRecord, signal: AbortSignal) {
  if (wiring === undefined) return [];
  // That the switch's database cannot be read is no damage of this pod's.
  return world.wiring.check(wiring as WiringPlan, signal).catch((error) => {
    signal.throwIfAborted();
    world.log.debug("a host's end could not be looked at", { error });
    return [];
  });
}

async function lookAtHotPort(
  estate: Estate,
  record: HotPortRecord,
  signal: AbortSignal,
): Promise<HotPortFacts> {
  await giveWay(signal);
  if (record.wiring === undefined) return { record, parked: undefined };
  const world = worldOf(estate, record.network);
  const plan = record.wiring as WiringPlan;
  const parked = await world.wiring
    .parking(plan)
    ?.isParked(plan, signal)
    .catch((error) => {
      signal.throwIfAborted();
      world.log.debug("a stand-in could not be looked at", { error });
      return undefined;
    });
  return { record, parked };
}

/** Looks for the pods of ports that no row knows, only when there are such ports. */
async function searchPodEnds(
  rows: readonly AttachmentRecord[],
  unaccounted: readonly { port: Port }[],
  signal: AbortSignal,
): Promise<FoundPodEnd[]> {
  if (unaccounted.length === 0) return [];
  const macs = new Set(unaccounted.map(({ port }) => port.mac_address.toLowerCase()));
  const found: FoundPodEnd[] = [];
  for (const path of namespacePaths(rows.map(({ netns }) => netns))) {
    await giveWay(signal);
    found.push(...findPodEnds(path, macs));
  }
  return found;
}

/** Calls to the kernel hold up the whole process: a pod that waits has its turn between two of them. */
async function giveWay(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}

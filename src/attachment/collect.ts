import { CniCode, CniError, messageOf } from "../cni/errors.ts";
import { hasTags, listPorts, type Port } from "../openstack/neutron/ports.ts";
import { type AttachmentRecord, type HotPortRecord, isAtWork } from "../state/index.ts";
import { findHostEnd } from "../wiring/host-end.ts";
import { tapName } from "../wiring/names.ts";
import type { WiringPlan } from "../wiring/wiring.ts";
import { removeRemains } from "./detach.ts";
import { drainJournal } from "./drain.ts";
import { deviceIdOf, OWNER_TAG, tagsOf } from "./identity.ts";
import { releasePort } from "./release.ts";
import { unplug } from "./unplug.ts";
import type { World } from "./world.ts";

export interface Collected {
  attachments: number;
  ports: number;
}

/**
 * Removes everything of one CNI network on this node that is not among the valid attachments: rows of the
 * store with their devices and ports, then ports in Neutron that no row knows (the store was lost), then
 * what the journal still holds. It goes on after a failure and reports all of them together.
 *
 * Only ports with our tags, our cluster's and this network's, bound to this host, are touched. An ADD that is
 * still at work, or was begun since, is left alone.
 */
export async function collect(
  world: World,
  network: string,
  valid: readonly { containerId: string; ifname: string }[],
): Promise<Collected> {
  const began = Date.now();
  const listed = new Set(valid.map(deviceIdOf));
  // An ADD that ends while this is at work has a pod that the runtime could not list yet.
  const adding = new Set(world.store.attachments.list(network).filter(isAtWork).map(nameOf));
  const stays = (record: AttachmentRecord) =>
    listed.has(record.deviceId) ||
    record.createdAt >= began ||
    adding.has(nameOf(record)) ||
    isAtWork(record);
  const { cluster_name } = world.config;
  const failures: unknown[] = [];
  const collected: Collected = { attachments: 0, ports: 0 };

  for (const record of world.store.attachments.list(network).filter((record) => !stays(record))) {
    const removed = await attempt(failures, () => removeRemains(world, record, world.deadline.signal));
    if (removed) collected.attachments += 1;
  }
  if (world.config.plugin.agent === "off") {
    // Ports wait for pods as long as there may be an agent: where there is never one, they would wait for ever.
    const outcome = await releaseHotPorts(world, network);
    collected.ports += outcome.released;
    failures.push(...outcome.failures);
  }
  await attempt(failures, async () => {
    const ports = await portsOnHost(world);
    const rows = world.store.attachments.list(network).filter(stays);
    // A port made ahead of pods is known by its device_id until its creation is answered.
    const kept = new Set([
      ...rows.map(({ portId }) => portId),
      ...world.store.hotPorts.list().map(({ portId, deviceId }) => portId ?? deviceId),
    ]);
    const candidates = ports.filter((port) => hasTags(port, tagsOf(cluster_name, network, undefined)));
    const strays = candidates.filter(
      (port) => !kept.has(port.id) && !kept.has(port.device_id) && isStray(port, listed, rows),
    );
    for (const port of strays) {
      if (await attempt(failures, () => removeStray(world, network, port))) collected.ports += 1;
    }
    await sweepDevices(
      world,
      ports.filter((port) => !strays.includes(port)),
    );
  });
  await attempt(failures, () => drain(world, network));
  if (failures.length > 0) throw summary(network, failures);
  return collected;
}

/** One life of an attachment. */
function nameOf({ deviceId, createdAt }: AttachmentRecord): string {
  return `${deviceId} ${createdAt}`;
}

/** Ports that skynet made on this host, for whichever network and cluster. */
async function portsOnHost(world: World): Promise<Port[]> {
  const { hostname } = world.config;
  const tags = [OWNER_TAG];
  const ports = await listPorts(world.neutron, { "binding:host_id": hostname, tags }, world.deadline.signal);
  return ports.filter(
    (port) =>
      port["binding:host_id"] === hostname &&
      hasTags(port, tags) &&
      port.device_id.startsWith(`${OWNER_TAG}:`),
  );
}

/**
 * Deletes the ports of a CNI network that wait on this node for pods.
 *
 * @returns how many, and what kept others from it; what only Neutron's absence delays is in the journal
 */
export async function releaseHotPorts(
  world: World,
  network: string,
): Promise<{ released: number; failures: unknown[] }> {
  const failures: unknown[] = [];
  let released = 0;
  for (const port of world.store.hotPorts.list().filter((port) => port.network === network)) {
    // Its row goes first: what dies in between leaves a port that the next GC finds by its tags.
    if (!world.store.hotPorts.forget(port.id)) continue;
    if (await attempt(failures, () => giveUp(world, port))) released += 1;
  }
  return { released, failures };
}

async function giveUp(world: World, { network, deviceId, portId, wiring }: HotPortRecord): Promise<void> {
  const { signal } = world.deadline;
  if (wiring) await unplug(world, { network, deviceId, plan: wiring as WiringPlan }, undefined, signal);
  await releasePort(world, { network, deviceId, portId }, signal);
}

/** Nothing accounts for it; or its attachment has another port, and this one is of a creation that was thought lost. */
function isStray(port: Port, listed: ReadonlySet<string>, rows: readonly AttachmentRecord[]): boolean {
  const device = deviceOf(port);
  const row = rows.find(({ deviceId }) => deviceId === device);
  if (row === undefined) return !listed.has(device);
  return row.state === "attached" && row.portId !== port.id;
}

/** Whose it is: its host's end says it sooner than Neutron, which is told after the pod has its port. */
function deviceOf(port: Port): string {
  return findHostEnd(tapName(port.id))?.owner ?? port.device_id;
}

async function removeStray(world: World, network: string, port: Port): Promise<void> {
  world.log.warn("removing a port that no attachment accounts for", {
    port: port.id,
    device: port.device_id,
  });
  await world.wiring.unplugPort(port.id, world.deadline.signal);
  const release = { network, deviceId: port.device_id, portId: port.id };
  await releasePort(world, release, world.deadline.signal);
}

/**
 * Removes devices on the node that no attachment of any network accounts for: neither a row of the store nor one of the
 * ports that stay, for the store may have been lost, or a network may have a store of its own.
 */
async function sweepDevices(world: World, ports: readonly Port[]): Promise<void> {
  const kind = world.config.plugin.plugin_type;
  const ofPorts = ports.map(({ id }): WiringPlan => ({ kind, portId: id, hostEnd: tapName(id) }));
  const ofRows = () =>
    [...world.store.attachments.list(), ...world.store.hotPorts.list()].flatMap(({ wiring }) =>
      wiring === undefined ? [] : [wiring as WiringPlan],
    );
  const removed = await world.wiring.sweep(() => [...ofRows(), ...ofPorts], world.deadline.signal);
  if (removed.length > 0)
    world.log.warn("removed devices that no attachment accounts for", { devices: removed });
}

async function drain(world: World, network: string): Promise<void> {
  const { failed } = await drainJournal(world, network, world.deadline.signal);
  if (failed.length > 0)
    throw new Error(failed.map(({ entry, error }) => `${entry.deviceId}: ${error}`).join("; "));
}

async function attempt(failures: unknown[], work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    failures.push(error);
    return false;
  }
}

function summary(network: string, failures: readonly unknown[]): CniError {
  return new CniError(
    CniCode.tryAgainLater,
    `not everything of the network "${network}" could be removed: ${failures.map(messageOf).join("; ")}`,
  );
}

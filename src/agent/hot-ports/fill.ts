import { newPoolDeviceId } from "../../attachment/identity.ts";
import { factsOf, refuseUnwirable } from "../../attachment/obtain.ts";
import { hotPortDraft } from "../../attachment/port-draft.ts";
import { extensionsOf, forgetViews, type NetworkView, networkView } from "../../attachment/views.ts";
import type { World } from "../../attachment/world.ts";
import { isOpenStackError } from "../../openstack/errors.ts";
import { Neutron } from "../../openstack/neutron/client.ts";
import { createPorts, type Port } from "../../openstack/neutron/ports.ts";
import { bindPorts } from "./bind.ts";
import type { Desk } from "./desk.ts";
import type { Pool } from "./pool.ts";

/** For one batch: Neutron was seen to take 0.5 s a bound port, and much longer when it has much to do. */
const FILL_S = 120;

/**
 * Makes ports for a pool, and has them wired. Each row says what may exist before it exists: whoever finds the rows of a
 * fill that was killed can delete its ports.
 *
 * @throws what kept the ports from being made; a single port that cannot be used is given up without
 */
export async function fill(desk: Desk, pool: Pool, count: number, signal: AbortSignal): Promise<void> {
  const { site, spec } = pool;
  const what = "making ports ready for pods";
  const task = { what, seconds: FILL_S, priority: "pool", lane: spec.networkId, signal } as const;
  const deviceIds = Array.from({ length: count }, newPoolDeviceId);
  for (const deviceId of deviceIds) desk.atWork.add(deviceId);
  try {
    await desk.errand(site, task, async (world) => {
      const network = await networkView(world, spec.networkId);
      pool.networkName = network.name;
      await refuseUnwirable(world, network);
      const made = await make(desk, world, pool, deviceIds);
      desk.counters.created += made.length;
      for (const { port, refusal } of await bindPorts(world, made)) {
        if (refusal === undefined) await wire(desk, world, pool, port, network);
        else giveUp(desk, pool, port, "not bound", refusal);
      }
    });
  } finally {
    for (const deviceId of deviceIds) desk.atWork.delete(deviceId);
    const { endpointKey } = site.surroundings;
    for (const state of ["making", "wiring"] as const) desk.wake(state, endpointKey);
  }
}

/** From the intent to the ports, their ids in the rows. */
async function make(desk: Desk, world: World, pool: Pool, deviceIds: readonly string[]): Promise<Port[]> {
  const { hotPorts } = desk.store;
  const { network } = pool.site;
  const neutron = new Neutron(world.neutron.session, await extensionsOf(world));
  const drafts = deviceIds.map((deviceId) => hotPortDraft(world, network, pool.spec, deviceId));
  hotPorts.making(pool.key, network, deviceIds);
  try {
    const ports = await createPorts(neutron, drafts, world.deadline.signal);
    for (const port of ports) hotPorts.created(port.device_id, port.id, port);
    return ports;
  } catch (error) {
    if (isOpenStackError(error, "notFound")) forgetViews(world);
    if (!isOpenStackError(error) || error.ambiguous) throw error;
    for (const { id, deviceId } of hotPorts.list(pool.key)) {
      if (deviceIds.includes(deviceId)) hotPorts.forget(id);
    }
    throw error;
  }
}

/** Puts a stand-in in the pod's place, where that is worth it. Others have their turn between two ports. */
async function wire(desk: Desk, world: World, pool: Pool, port: Port, network: NetworkView): Promise<void> {
  const { wiring, config, deadline } = world;
  try {
    const plan = wiring.plan(factsOf(port, network));
    desk.store.hotPorts.made(port.device_id, port.id, port, plan);
    const parking = wiring.parking(plan);
    await parking?.park(plan, deadline.signal);
    if (parking === undefined || !config.neutron.wait_active) {
      const row = rowOf(desk, pool, port);
      if (row !== undefined) desk.store.hotPorts.move(row.id, "wiring", "hot", port);
      pool.setback.succeeded();
    }
  } catch (error) {
    giveUp(desk, pool, port, "not wired", error);
  }
  await new Promise((resolve) => setImmediate(resolve));
}

function giveUp(desk: Desk, pool: Pool, port: Port, reason: string, error: unknown): void {
  const row = rowOf(desk, pool, port);
  if (row !== undefined) desk.spoilt({ row, pool }, reason, error);
}

function rowOf(desk: Desk, pool: Pool, port: Port) {
  return desk.store.hotPorts.list(pool.key).find(({ portId }) => portId === port.id);
}

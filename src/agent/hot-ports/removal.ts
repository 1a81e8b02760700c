import { unplug } from "../../attachment/unplug.ts";
import type { World } from "../../attachment/world.ts";
import { messageOf } from "../../cni/errors.ts";
import type { Priority } from "../../openstack/call-gate.ts";
import { isOpenStackError } from "../../openstack/errors.ts";
import { deletePort } from "../../openstack/neutron/ports.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import type { Desk, PooledRow } from "./desk.ts";

const REMOVE_S = 60;
/** Deletes under way at once: more would keep Neutron from what pods wait for. */
const AT_ONCE = 2;

/**
 * Deletes ports that were given up. A row goes when its port is gone; what fails stays for the next run.
 *
 * @throws the first failure, after all others were tried; at once where Neutron is away
 */
export async function removeLeaving(desk: Desk, endpoint: string, signal: AbortSignal): Promise<undefined> {
  const rows = desk.rows(endpoint, "leaving");
  const failures: unknown[] = [];
  const worker = async () => {
    for (let next = rows.shift(); next !== undefined && !signal.aborted; next = rows.shift()) {
      try {
        await remove(desk, next, "delete", signal);
      } catch (error) {
        failures.push(error);
        if (isOpenStackError(error) && error.retryable) rows.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw failures[0];
}

/** Deletes one port that was given up: first what there is of it on the node, then in Neutron, then its row. */
export async function remove(
  desk: Desk,
  pooled: PooledRow,
  priority: Priority,
  signal: AbortSignal,
): Promise<void> {
  const { row, pool } = pooled;
  const lane = pool.spec.networkId;
  const task = { what: "deleting a port without a pod", seconds: REMOVE_S, priority, lane, signal };
  await desk.errand(pool.site, task, async (world) => {
    refuseUsed(desk, world, pooled);
    const { network, deviceId } = row;
    const plan = row.wiring as WiringPlan | null | undefined;
    if (plan) await unplug(world, { network, deviceId, plan }, undefined, world.deadline.signal);
    if (row.portId !== undefined) await deletePort(world.neutron, row.portId, world.deadline.signal);
  });
  desk.gone(pooled);
}

/** A port that is a pod's, for an old copy of the store was put back, is not deleted by what that copy says. */
function refuseUsed(desk: Desk, world: World, { row }: PooledRow): void {
  const owner = ownerOnNode(world, row.wiring as WiringPlan | null | undefined);
  const attached = desk.store.attachments.list().find(({ portId }) => portId === row.portId);
  const user = attached?.deviceId ?? owner;
  if (user === undefined || row.portId === undefined) return;
  throw new PortInUseError(row.portId, user);
}

function ownerOnNode({ wiring, log }: World, plan: WiringPlan | null | undefined): string | undefined {
  if (!plan) return undefined;
  try {
    const end = wiring.hostEnds().find(({ name }) => name === plan.hostEnd);
    return end === undefined || end.parked ? undefined : end.owner;
  } catch (error) {
    log.warn("the node's devices cannot be listed", { error: messageOf(error) });
    return undefined;
  }
}

/** A port that the store takes for one without a pod has one. */
export class PortInUseError extends Error {
  override readonly name = "PortInUseError";

  constructor(portId: string, user: string) {
    super(
      `port ${portId} is not deleted, though the store has it without a pod: ${user} uses it on this node`,
    );
  }
}

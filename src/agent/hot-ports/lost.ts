import { LATE_COMMIT_MS } from "../../attachment/release.ts";
import { listPorts, type Port } from "../../openstack/neutron/ports.ts";
import type { Desk, PooledRow } from "./desk.ts";

const LOOK_S = 30;

/**
 * Finishes creations that nobody is at work on any more: whose answer was lost, or whose agent was killed. Ports that there
 * are go; a row without one is kept until Neutron cannot commit it any more.
 *
 * @returns when to look again, in milliseconds; undefined: nothing is open
 */
export async function findLost(
  desk: Desk,
  endpoint: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  let again: number | undefined;
  for (const pooled of desk.rows(endpoint, "making")) {
    const { row } = pooled;
    const settlesIn = row.changedAt + LATE_COMMIT_MS - desk.now();
    if (row.portId === undefined) {
      const port = await lookUp(desk, pooled, signal);
      if (port !== undefined) desk.store.hotPorts.created(row.deviceId, port.id, port);
      else if (settlesIn <= 0) desk.store.hotPorts.forget(row.id);
      else again = Math.min(again ?? settlesIn, settlesIn);
      if (port === undefined) continue;
    }
    desk.leave(pooled, "unfinished");
  }
  return again;
}

async function lookUp(desk: Desk, { row, pool }: PooledRow, signal: AbortSignal): Promise<Port | undefined> {
  const what = "looking for a port whose creation was not answered";
  const task = { what, seconds: LOOK_S, priority: "pool", lane: pool.spec.networkId, signal } as const;
  const [port] = await desk.errand(pool.site, task, (world) =>
    listPorts(world.neutron, { device_id: row.deviceId }, world.deadline.signal),
  );
  return port;
}

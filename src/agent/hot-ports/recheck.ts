import { listPorts, type Port } from "../../openstack/neutron/ports.ts";
import type { Desk, PooledRow } from "./desk.ts";
import { complaintOf } from "./inspect.ts";
import { complaintOnNode, isWired } from "./on-node.ts";

const LOOK_S = 30;

/**
 * Looks in one request whether ports without a pod are still what their pools promise: those that are become hot, those that
 * Neutron is rewiring wait for that, the others are given up.
 */
export async function recheck(desk: Desk, rows: readonly PooledRow[], signal: AbortSignal): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const ids = rows.flatMap(({ row }) => row.portId ?? []);
  const what = "looking at ports without a pod";
  const task = { what, seconds: LOOK_S, priority: "pool", lane: "hot ports", signal } as const;
  const ports = await desk.errand(first.pool.site, task, (world) =>
    listPorts(world.neutron, { ids }, world.deadline.signal),
  );
  for (const pooled of rows) {
    const port = ports.find(({ id }) => id === pooled.row.portId);
    await judge(desk, pooled, port, signal);
  }
}

async function judge(
  desk: Desk,
  pooled: PooledRow,
  port: Port | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { row, pool } = pooled;
  const complaint = complaintOf(pool.spec, row.port as Port, port) ?? (await complaintOnNode(pooled, signal));
  if (complaint !== undefined || port === undefined) {
    desk.leave(pooled, complaint ?? "gone from Neutron");
    return;
  }
  if (!(await isWired(pooled, port, signal))) {
    desk.store.hotPorts.move(row.id, row.state, "wiring", port);
    desk.wake("wiring", pool.site.surroundings.endpointKey);
    return;
  }
  const isRecycled = desk.store.hotPorts.move(row.id, row.state, "hot", port) && row.state === "cooling";
  if (isRecycled) desk.counters.recycled += 1;
}

/**
 * Ports that have come back from pods while Neutron is away. Nobody changes a port's groups without it, and its agent leaves
 * filters as they are: a port that Neutron has last reported as its pool promises, and whose stand-in was there all the
 * while, is as good as one that has waited since then.
 */
import { DeadlineError } from "../../deadline.ts";
import { isOpenStackError } from "../../openstack/errors.ts";
import type { Port } from "../../openstack/neutron/ports.ts";
import type { Desk, PooledRow } from "./desk.ts";
import { complaintOf } from "./inspect.ts";
import { complaintOnNode, isWired } from "./on-node.ts";

/** Whether Neutron could not be asked, or not in time; what it answers is no reason to go by less. */
export function isAway(error: unknown): boolean {
  return error instanceof DeadlineError || (isOpenStackError(error) && error.retryable);
}

/**
 * Makes those ready of which the node itself knows that they are; the others stay as they are, until Neutron can be asked.
 *
 * @returns how many
 * @throws as the wiring's `isParked` and `ready`
 */
export async function readyUnasked(
  desk: Desk,
  rows: readonly PooledRow[],
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (const pooled of rows) {
    const { row, pool } = pooled;
    const port = row.port as Port;
    const complaint = complaintOf(pool.spec, port, port) ?? (await complaintOnNode(pooled, signal));
    if (complaint !== undefined || !(await isWired(pooled, port, signal))) continue;
    if (!desk.store.hotPorts.move(row.id, row.state, "hot")) continue;
    desk.counters.recycled += 1;
    count += 1;
  }
  return count;
}

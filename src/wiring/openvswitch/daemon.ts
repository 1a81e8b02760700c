/** Waiting for ovs-vswitchd, which carries out what the database says and writes back how that went. */
import type { OvsdbClient } from "../../ovsdb/client.ts";
import * as o from "../../ovsdb/operations.ts";
import * as v from "../../ovsdb/values.ts";
import { WiringError } from "../errors.ts";
import type { WiringOptions } from "../wiring.ts";
import { answering, within } from "./database.ts";
import { findPort } from "./ports.ts";

/** ovs-vswitchd takes up a port in a few milliseconds, unless it is just being restarted. */
const CARRIED_OUT_MS = 5_000;
/** ovs-vswitchd holds this lock as long as it is connected (vswitchd/bridge.c). */
const SWITCH_LOCK = "ovs_vswitchd";

/** A longer conversation with the node's Open vSwitch, on behalf of one plug. */
export interface Session {
  readonly client: OvsdbClient;
  readonly options: WiringOptions;
  readonly signal: AbortSignal;
}

/** Whether ovs-vswitchd is connected to the database. @throws OvsdbError; the signal's reason */
export function switchRuns(client: OvsdbClient, signal: AbortSignal): Promise<boolean> {
  return client.isLocked(SWITCH_LOCK, signal);
}

/**
 * Waits until an interface has its number, or the reason why it gets none.
 *
 * @throws WiringError "switch-refused" with ovs-vswitchd's words; "switch-unreachable"
 */
export async function untilTakenUp(session: Session, name: string): Promise<void> {
  const { client } = session;
  const watched = { Interface: { columns: ["ofport", "error"], where: [["name", "==", name]] } };
  const look = async (limit: AbortSignal) => {
    const { interface: link } = await findPort(client, { bridge: "", port: name }, limit);
    if (link === undefined) {
      throw new WiringError(
        "switch-refused",
        `${name} was removed from Open vSwitch meanwhile; was the pod deleted?`,
      );
    }
    if (link.error !== undefined) throw new WiringError("switch-refused", `ovs-vswitchd: ${link.error}`);
    return link.ofport !== undefined && link.ofport > 0 ? true : undefined;
  };
  await patiently(session, (limit) => client.until(watched, () => look(limit), limit));
}

/** Waits until all that is configured by now is in force. @throws WiringError "switch-unreachable" */
export async function untilInForce(session: Session): Promise<void> {
  const { client } = session;
  const configuration = async (limit: AbortSignal) => {
    const [root] = await client.transact([o.select("Open_vSwitch", [], ["next_cfg", "cur_cfg"])], limit);
    const [row] = root?.rows ?? [];
    return { next: v.readNumber(row?.next_cfg) ?? 0, current: v.readNumber(row?.cur_cfg) ?? 0 };
  };
  await patiently(session, async (limit) => {
    const { next, current } = await configuration(limit);
    if (current >= next) return;
    const look = async () => ((await configuration(limit)).current >= next ? true : undefined);
    await client.until({ Open_vSwitch: { columns: ["cur_cfg"], where: [] } }, look, limit);
  });
}

async function patiently(
  { client, options, signal }: Session,
  work: (limit: AbortSignal) => Promise<unknown>,
): Promise<void> {
  await within(CARRIED_OUT_MS, signal, work, async () => {
    const runs = await answering(options, signal, (limit) => switchRuns(client, limit));
    const what = runs ? "hangs" : "is not running";
    return new WiringError(
      "switch-unreachable",
      `ovs-vswitchd ${what}: it did not carry out a change within ${CARRIED_OUT_MS / 1000} s; see its log on this node`,
    );
  });
}

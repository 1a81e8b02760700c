/** Conversations with the node's Open vSwitch, told in terms of the node when they fail. */
import { OvsdbClient } from "../../ovsdb/client.ts";
import { OvsdbError } from "../../ovsdb/errors.ts";
import { WiringError } from "../errors.ts";
import type { WiringOptions } from "../wiring.ts";

/** Debian's. */
const DEFAULT_ADDRESS = "unix:/run/openvswitch/db.sock";
const DATABASE = "Open_vSwitch";
/** ovsdb-server answers in a millisecond; one that is busy compacting its file takes longer. */
const ANSWER_MS = 2_500;

/**
 * One short conversation: connects, works, and hangs up, all of it within {@link ANSWER_MS}.
 *
 * @throws WiringError "switch-unreachable", "switch-refused"; the signal's reason
 */
export function withDatabase<T>(
  options: WiringOptions,
  signal: AbortSignal,
  work: (client: OvsdbClient, limit: AbortSignal) => Promise<T>,
): Promise<T> {
  return answering(options, signal, async (limit) => {
    using client = await OvsdbClient.connect(addressOf(options), DATABASE, limit);
    return await work(client, limit);
  });
}

/** A client for a longer conversation, to be disposed of. @throws as {@link withDatabase} */
export function openDatabase(options: WiringOptions, signal: AbortSignal): Promise<OvsdbClient> {
  return answering(options, signal, (limit) => OvsdbClient.connect(addressOf(options), DATABASE, limit));
}

/** A part of a longer conversation that only the database is needed for. @throws as {@link withDatabase} */
export async function answering<T>(
  options: WiringOptions,
  signal: AbortSignal,
  work: (limit: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = `ovsdb-server at ${addressOf(options)} did not answer within ${ANSWER_MS / 1000} s`;
  return within(
    ANSWER_MS,
    signal,
    work,
    async () => new WiringError("switch-unreachable", `${late}; ${HELP}`),
  );
}

/**
 * A part of a conversation that may take `ms`.
 *
 * @param late makes the error for when it takes longer
 * @throws WiringError; the signal's reason
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  work: (limit: AbortSignal) => Promise<T>,
  late: () => Promise<WiringError>,
): Promise<T> {
  const timeout = AbortSignal.timeout(ms);
  try {
    return await work(AbortSignal.any([signal, timeout]));
  } catch (error) {
    signal.throwIfAborted();
    throw timeout.aborted ? await late() : translated(error);
  }
}

const HELP =
  "is Open vSwitch running on this node (openvswitch-switch), and is that what plugin.ovsdb_connection says?";

/** What the database says, in the words of wiring; anything else as it is. */
export function translated(error: unknown): unknown {
  if (!(error instanceof OvsdbError)) return error;
  if (error.reason === "refused") return new WiringError("switch-refused", error.message, { cause: error });
  return new WiringError("switch-unreachable", `${error.message}; ${HELP}`, { cause: error });
}

/** Where the database listens. */
export function addressOf(options: WiringOptions): string {
  return options.ovsdb ?? DEFAULT_ADDRESS;
}

import type { World } from "../attachment/world.ts";
import { Deadline } from "../deadline.ts";
import type { Priority } from "../openstack/call-gate.ts";
import type { Network } from "./networks.ts";

/** Work of the agent's own, for no pod in particular. */
export interface Errand {
  /** For messages: what is not done when the time is over. */
  readonly what: string;
  readonly seconds: number;
  readonly priority: Priority;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** Runs `work` in a world of its own, with its own time and its place in the line of calls to Neutron. */
export async function runErrand<T>(
  { surroundings, log }: Network,
  { what, seconds, priority, signal }: Errand,
  work: (world: World) => Promise<T>,
): Promise<T> {
  const neutron = surroundings.neutron.with({ priority, lane: what });
  using deadline = new Deadline(what, seconds);
  const cancel = () => deadline.cancel(`${what} was interrupted: the agent stops`);
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    return await work({ ...surroundings, neutron, log, deadline });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

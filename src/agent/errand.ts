import type { World } from "../attachment/world.ts";
import { Deadline } from "../deadline.ts";
import type { Network } from "./networks.ts";

/** Work of the agent's own, for no pod in particular. */
export interface Errand {
  /** For messages: what is not done when the time is over. */
  readonly what: string;
  readonly seconds: number;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** Runs `work` in a world of its own, with its own time. */
export async function runErrand<T>(
  { surroundings, log }: Pick<Network, "surroundings" | "log">,
  { what, seconds, signal }: Errand,
  work: (world: World) => Promise<T>,
): Promise<T> {
  using deadline = new Deadline(what, seconds);
  const cancel = () => deadline.cancel(`${what} was interrupted: the agent stops`);
  signal.addEventListener("abort", cancel, { once: true });
  if (signal.aborted) cancel();
  try {
    return await work({ ...surroundings, log, deadline });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

import { type Clock, steadyClock } from "../../clock.ts";
import type { Logger } from "../../log.ts";
import type { DeskOptions } from "./desk.ts";
import { gistOf } from "./gist.ts";
import { Job } from "./job.ts";

export type MakeJob = (what: string, run: (signal: AbortSignal) => Promise<number | undefined>) => Job;

/**
 * Makes jobs that say in the log what of them fails, and why, when that is new. Their pauses are durations: the time of day,
 * which goes by the store's, may be put on or back meanwhile.
 */
export function jobMaker(
  { clock, random }: Pick<DeskOptions, "clock" | "random">,
  log: Logger,
  onRecovery: () => void,
): MakeJob {
  const steady: Clock = { now: steadyClock.now, after: (ms, due) => clock.after(ms, due) };
  return (what, run) => {
    let last: string | undefined;
    return new Job({
      clock: steady,
      random,
      run,
      onRecovery: () => {
        last = undefined;
        onRecovery();
      },
      onFailure: (error, pauseMs) => {
        const gist = gistOf(error);
        if (gist !== last) log.warn(`${what} failed, and is tried again`, { error, in_ms: pauseMs });
        last = gist;
      },
    });
  };
}

import type { Logger } from "../../log.ts";
import type { DeskOptions } from "./desk.ts";
import { gistOf } from "./gist.ts";
import { Job } from "./job.ts";

export type MakeJob = (what: string, run: (signal: AbortSignal) => Promise<number | undefined>) => Job;

/** Makes jobs that say in the log what of them fails, and why, when that is new. */
export function jobMaker(
  { clock, random }: Pick<DeskOptions, "clock" | "random">,
  log: Logger,
  onRecovery: () => void,
): MakeJob {
  return (what, run) => {
    let last: string | undefined;
    return new Job({
      clock,
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

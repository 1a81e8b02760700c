import { messageOf } from "../../cni/errors.ts";
import type { Logger } from "../../log.ts";
import type { DeskOptions } from "./desk.ts";
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
        const message = messageOf(error);
        if (message !== last) log.warn(`${what} failed, and is tried again`, { error, in_ms: pauseMs });
        last = message;
      },
    });
  };
}

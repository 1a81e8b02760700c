import { SystemCallError } from "../system/errno.ts";
import { readText } from "../system/files.ts";

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** Start time in clock ticks after boot: field 22 of /proc/PID/stat (proc(5)). */
  start: string;
}

let own: ProcessIdentity | undefined;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, start: startTime(process.pid) ?? "unknown" };
  return own;
}

/** Whether exactly that process still runs. @throws SystemCallError when that cannot be found out */
export function isAlive(identity: ProcessIdentity): boolean {
  return startTime(identity.pid) === identity.start;
}

function startTime(pid: number): string | undefined {
  try {
    const stat = readText(`/proc/${pid}/stat`);
    // The command name, in parentheses, may itself contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch (error) {
    // It may also end between the file's opening and its reading.
    if (error instanceof SystemCallError && (error.code === "ENOENT" || error.code === "ESRCH"))
      return undefined;
    throw error;
  }
}

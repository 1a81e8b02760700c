/** What `/proc` tells about processes. */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessStat {
  readonly parent: number;
  readonly session: number;
  /** Clock ticks from boot to the process's start: with the pid, its identity. */
  readonly startTime: string;
}

/** Every pid. */
export function processes(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** @returns nothing for a process that is gone, or a zombie */
export function processStat(pid: number): ProcessStat | undefined {
  const line = readProc(pid, "stat");
  // The command, in parentheses, may itself hold spaces and parentheses: fields are counted from the last one.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, parent, , session] = fields;
  const startTime = fields[19];
  if (startTime === undefined || state === "Z" || state === "X") return undefined;
  return { parent: Number(parent), session: Number(session), startTime };
}

/** The environment a process was started with, as `NAME=value`; some programs write their title over it. */
export function processEnvironment(pid: number): string[] {
  return readProc(pid, "environ").split("\0");
}

/** The names of a process's threads. */
export function threadNames(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => readProc(pid, `task/${thread}/comm`).trim());
}

/** A process, its parent, and so on. */
export function ancestry(pid: number): Set<number> {
  const found = new Set<number>();
  for (let next: number | undefined = pid; next; next = processStat(next)?.parent) found.add(next);
  return found;
}

/** Sends a signal, unless the process is gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

import { readFileSync } from "node:fs";

/** What a process holds of the machine's memory, in bytes. */
export interface Memory {
  /** All pages of it that are in memory. */
  readonly resident: number;
  /** The same, pages that several processes share divided among them. */
  readonly proportional: number;
}

export function memoryOf(pid: number): Memory {
  const kibibytes = (file: string, key: string): number => {
    const text = readFileSync(`/proc/${pid}/${file}`, "utf8");
    const value = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
    if (value === undefined) throw new Error(`/proc/${pid}/${file} has no ${key}`);
    return Number(value) * 1024;
  };
  return { resident: kibibytes("status", "VmRSS"), proportional: kibibytes("smaps_rollup", "Pss") };
}

/** Milliseconds of a processor that a process has used so far (proc(5): utime and stime, in hundredths of a second). */
export function processorTimeOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

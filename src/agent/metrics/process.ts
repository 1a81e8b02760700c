import { readdirSync, readFileSync } from "node:fs";
import type { Registry } from "./registry.ts";

/** Bytes of a page: what /proc counts memory in. All architectures that are built for have it so. */
const PAGE_BYTES = 4096;

/**
 * Declares the metrics of the process itself, under the names that every Prometheus client uses:
 * https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
 */
export function declareProcess(registry: Registry): void {
  const startedAt = Date.now() / 1000 - process.uptime();
  const one = (value: () => number) => () => [[{}, value()] as const];
  registry
    .readCounter({ name: "process_cpu_seconds_total", help: "User and system processor time." })
    .from(one(cpuSeconds));
  registry
    .gauge({ name: "process_start_time_seconds", help: "When the process started, since the epoch." })
    .from(one(() => startedAt));
  registry
    .gauge({ name: "process_resident_memory_bytes", help: "Memory that is held in RAM." })
    .from(one(() => memoryBytes(1)));
  registry
    .gauge({ name: "process_virtual_memory_bytes", help: "Memory that is mapped." })
    .from(one(() => memoryBytes(0)));
  registry.gauge({ name: "process_open_fds", help: "Open file descriptors." }).from(one(openDescriptors));
  registry
    .gauge({ name: "process_max_fds", help: "How many file descriptors may be open." })
    .from(one(mostDescriptors));
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** @param column of /proc/self/statm: 0 is all that is mapped, 1 what is in RAM (proc_pid_statm(5)) */
function memoryBytes(column: number): number {
  const pages = readFileSync("/proc/self/statm", "utf8").split(" ")[column];
  return Number(pages) * PAGE_BYTES;
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length - 1; // One of them is this look's own.
}

/** The soft limit of /proc/self/limits. */
function mostDescriptors(): number {
  const limit = /^Max open files\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
  return limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit);
}

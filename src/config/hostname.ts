import { readFileSync } from "node:fs";

const KERNEL_HOSTNAME = "/proc/sys/kernel/hostname";

/** The host name as `os.hostname()` says it, without the cost of loading `node:os`; empty when unknown. */
export function kernelHostname(): string {
  try {
    return readFileSync(KERNEL_HOSTNAME, "utf8").trim();
  } catch {
    return "";
  }
}

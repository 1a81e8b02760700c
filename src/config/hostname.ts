import { readText } from "../system/files.ts";

const KERNEL_HOSTNAME = "/proc/sys/kernel/hostname";

/** The host name as `os.hostname()` says it, without the cost of loading `node:os`; empty when unknown. */
export function kernelHostname(): string {
  try {
    return readText(KERNEL_HOSTNAME).trim();
  } catch {
    return "";
  }
}

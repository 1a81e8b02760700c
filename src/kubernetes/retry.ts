import type { KubernetesError } from "./errors.ts";

/** Milliseconds to wait before the one repetition when the server names no time of its own. */
const BACK_OFF = 250;

/** A server that wants us away for longer is not waited for: the caller can do better with that time. */
const LONGEST_RETRY_AFTER = 30_000;

/**
 * Whether a failed request is worth one repetition, and when. Worth it are connections refused or reset (a restart,
 * a load balancer's switch), 429 and 503. The time is spread, so that the nodes of a cluster do not return all at once.
 *
 * @param retryAfter the header Retry-After: seconds, or a date as HTTP writes it
 * @param random between 0 and 1
 * @returns milliseconds to wait, or undefined to give up
 */
export function retryDelay(
  error: KubernetesError,
  retryAfter: string | null,
  random: number = Math.random(),
): number | undefined {
  const busy = error.status === 429 || error.status === 503;
  const broken = error.reason === "ECONNREFUSED" || error.reason === "ECONNRESET";
  if (!busy && !(error.kind === "unreachable" && broken)) {
    return undefined;
  }
  const asked = busy ? parseRetryAfter(retryAfter) : 0;
  return asked > LONGEST_RETRY_AFTER ? undefined : asked + BACK_OFF * (0.5 + random);
}

/** Milliseconds from now; 0 when the header is missing, past or wrong (RFC 9110, 10.2.3). */
function parseRetryAfter(header: string | null): number {
  if (header === null) {
    return 0;
  }
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0;
}

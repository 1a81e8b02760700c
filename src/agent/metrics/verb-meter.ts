import type { Outcome } from "../part.ts";
import type { Metrics } from "./metrics.ts";

/** Counts a verb that was answered, and how long that took. */
export function noteVerb(metrics: Metrics, { request, error, ms }: Outcome): void {
  const verb = request.command;
  metrics.cniRequests.add({ verb, result: error === undefined ? "ok" : String(error.code) });
  metrics.cniDuration.observe({ verb }, ms / 1000);
}

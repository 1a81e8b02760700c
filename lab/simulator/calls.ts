/** What was called, how often, in which order (`GET /_sim/calls`). */
import type { Service } from "./faults.ts";

export interface Call {
  /** Milliseconds since the epoch. */
  at: number;
  service: Service;
  method: string;
  /** With the query. */
  path: string;
  /** 0 when no answer was sent. */
  status: number;
  /** Milliseconds from the request to its answer. */
  duration: number;
}

const LOG_LENGTH = 10_000;

export class Calls {
  private counts: Record<string, number> = {};
  private log: Call[] = [];

  record(call: Call): void {
    const key = `${call.method} ${resourceOf(call.path)}`;
    this.counts[key] = (this.counts[key] ?? 0) + 1;
    this.log.push(call);
    if (this.log.length > LOG_LENGTH) this.log.splice(0, LOG_LENGTH / 2);
  }

  /** `counts` by "METHOD collection"; the log keeps the latest calls. */
  report(): { counts: Record<string, number>; log: readonly Call[] } {
    return { counts: this.counts, log: this.log };
  }

  clear(): void {
    this.counts = {};
    this.log = [];
  }
}

/** `/v2.0/ports/…?…` is `ports`, `/v2.0/ports/…/tags` is `ports/tags`, `/v3/auth/tokens` is `auth/tokens`. */
function resourceOf(path: string): string {
  const [, api, collection = "", second, third] = (path.split("?")[0] ?? "").split("/");
  if (api === "v3") return [collection, second].filter((part) => part !== undefined).join("/");
  return third === undefined ? collection || "/" : `${collection}/${third}`;
}

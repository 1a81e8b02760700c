import { CniCode, CniError } from "../cni/errors.ts";
import type { CniRequest } from "../cni/request.ts";
import { VERSION } from "../version.ts";
import type { AskedCall } from "./asked-call.ts";

/** One call of a plugin on its way through the agent. */
export interface Call {
  asked: AskedCall;
  /** By `performance.now()`. */
  receivedAt: number;
  /** Milliseconds until its turn came. */
  waitedMs: number;
  /** The runtime has ended the plugin. */
  gone: AbortSignal;
  /** What it asks for, once that was understood. */
  request?: CniRequest;
  refused?: Refusal;
}

/** Why a call is not begun: 503, not now; 410, never by this agent. */
export interface Refusal {
  status: 410 | 503;
  reason: string;
}

/** Turns a call away: the error for the runtime, which tries again. */
export function refuse(call: Call, refusal: Refusal): CniError {
  call.refused = refusal;
  return new CniError(CniCode.tryAgainLater, refusal.reason);
}

/** What every record about the work for a call says of it. */
export function fieldsOf({ asked }: Call, request: CniRequest): Record<string, string> {
  return {
    request: asked.id,
    verb: request.command,
    ...(request.containerId === "" ? {} : { container: shortened(request.containerId) }),
  };
}

/** What the one record about a call that is over says of it. */
export function summaryOf(call: Call, error: CniError | undefined, ms: number): Record<string, unknown> {
  const { asked, request, waitedMs } = call;
  return {
    request: asked.id,
    verb: asked.env.CNI_COMMAND,
    network: request?.networkName,
    container: shortened(asked.env.CNI_CONTAINERID ?? "") || undefined,
    ms: ms.toFixed(1),
    waited_ms: waitedMs >= 1 ? waitedMs.toFixed(1) : undefined,
    plugin_version: asked.version === VERSION ? undefined : asked.version,
    code: error?.code,
    error: error?.message,
  };
}

function shortened(containerId: string): string {
  return containerId.slice(0, 13);
}

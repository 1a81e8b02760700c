import { sleep } from "../sleep.ts";
import { isOpenStackError, type OpenStackError } from "./errors.ts";
import type { RequestSafety } from "./http.ts";

export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** The first pause, in milliseconds; each further one is twice as long. */
  readonly firstMs: number;
  /** The longest pause of our own, in milliseconds. */
  readonly capMs: number;
  /** The longest `Retry-After` that is waited for, in milliseconds; beyond it the failure is handed up at once. */
  readonly longestRetryAfterMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  firstMs: 250,
  capMs: 4000,
  longestRetryAfterMs: 30_000,
};

export interface RetryOptions {
  readonly safety: RequestSafety;
  readonly signal: AbortSignal;
  readonly policy?: RetryPolicy;
  /** Told of every failure that is followed by another attempt. */
  readonly onFailure?: ((error: OpenStackError) => void) | undefined;
}

/**
 * Runs `attempt` until it succeeds or repeating it is of no use or not safe. A request that must be seen only once is repeated
 * only after a refusal or when it surely never arrived.
 * @throws what the last attempt threw; also when `signal` ends the pause
 */
export async function withRetry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const policy = options.policy ?? DEFAULT_RETRY;
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= policy.attempts || !mayRepeat(error, options.safety)) throw error;
      options.onFailure?.(error);
      const ms = pauseMs(error, tries, policy);
      if (ms === undefined || !(await sleep(ms, options.signal))) throw error;
    }
  }
}

function mayRepeat(error: unknown, safety: RequestSafety): error is OpenStackError {
  return isOpenStackError(error) && error.retryable && (safety !== "once" || !error.ambiguous);
}

/** The pause after the `tries`-th failure: what the service asked for, else between half and all of the doubled pause. */
function pauseMs(error: OpenStackError, tries: number, policy: RetryPolicy): number | undefined {
  if (error.retryAfterMs !== undefined) {
    return error.retryAfterMs <= policy.longestRetryAfterMs ? error.retryAfterMs : undefined;
  }
  const full = Math.min(policy.capMs, policy.firstMs * 2 ** (tries - 1));
  return full * (0.5 + Math.random() / 2);
}

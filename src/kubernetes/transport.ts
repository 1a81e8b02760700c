import type { ApiAccess } from "./access.ts";
import { authorization } from "./credentials.ts";
import type { KubernetesError } from "./errors.ts";
import { answerError, connectionError, deadlineError } from "./failure.ts";
import { retryDelay } from "./retry.ts";

export interface TransportOptions {
  /** Waits; ends early, without an error, when the signal is aborted. For tests. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface Answer {
  /** HTTP status, 200–299 or 404. */
  readonly status: number;
  readonly body: string;
}

type Outcome = { answer: Answer } | { error: KubernetesError; retryAfter: string | null };

/** Sends requests to one API server: deadline, credentials, certificates, and one repetition where it may help. */
export class Transport {
  private readonly sleep: NonNullable<TransportOptions["sleep"]>;

  constructor(
    readonly access: ApiAccess,
    options: TransportOptions = {},
  ) {
    this.sleep = options.sleep ?? sleep;
  }

  /**
   * GETs a path, such as `/api/v1/namespaces/default/pods/web-0`.
   *
   * @throws {KubernetesError} when there is no answer, or one which is neither a success nor 404;
   * kind `timeout` with the signal's reason as cause when that is aborted first
   */
  async get(path: string, signal: AbortSignal): Promise<Answer> {
    const first = await this.attempt(path, signal);
    if ("answer" in first) {
      return first.answer;
    }
    const delay = retryDelay(first.error, first.retryAfter);
    if (delay === undefined) {
      throw first.error;
    }
    await this.sleep(delay, signal);
    if (signal.aborted) {
      throw first.error;
    }
    // One repetition only: what fails twice is for the caller to judge.
    const second = await this.attempt(path, signal);
    if ("answer" in second) {
      return second.answer;
    }
    throw second.error;
  }

  private async attempt(path: string, signal: AbortSignal): Promise<Outcome> {
    const { access } = this;
    if (signal.aborted) {
      throw deadlineError(access, path, signal.reason);
    }
    const headers = { Accept: "application/json", ...(await authorization(access)) };
    try {
      const response = await fetch(`${access.server}${path}`, {
        headers,
        signal,
        // A redirect would carry the credentials to another server.
        redirect: "manual",
        // `false` and nothing else keeps HTTP_PROXY and its kind out.
        proxy: access.proxy ?? false,
        ...(access.tls && { tls: access.tls }),
      });
      const body = await response.text();
      const answer = { status: response.status, body };
      if (response.ok || response.status === 404) {
        return { answer };
      }
      const error = answerError(access, path, answer, response.headers.get("Location"));
      return { error, retryAfter: response.headers.get("Retry-After") };
    } catch (error) {
      if (signal.aborted) {
        throw deadlineError(access, path, signal.reason);
      }
      return { error: await connectionError(access, path, error), retryAfter: null };
    }
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return Promise.resolve();
  }
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}

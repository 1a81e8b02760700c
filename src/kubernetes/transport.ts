import { sleep } from "../sleep.ts";
import type { ApiAccess } from "./access.ts";
import { authorization } from "./credentials.ts";
import { KubernetesError } from "./errors.ts";
import { type ApiCall, answerError, connectionError, deadlineError } from "./failure.ts";
import { retryDelay } from "./retry.ts";

export interface TransportOptions {
  /** Waits; ends early, without an error, when the signal is aborted. For tests. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<unknown>;
}

/** A call with what is sent along. */
export interface ApiRequest extends ApiCall {
  /** Sent as JSON. The body of a PATCH is a merge patch (RFC 7396). */
  readonly body?: unknown;
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
   * Sends a request and reads the whole answer.
   *
   * @throws {KubernetesError} when there is no answer, or one which is neither a success nor 404;
   * kind `timeout` with the signal's reason as cause when that is aborted first
   */
  async send(request: ApiRequest, signal: AbortSignal): Promise<Answer> {
    const first = await this.attempt(request, signal);
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
    const second = await this.attempt(request, signal);
    if ("answer" in second) {
      return second.answer;
    }
    throw second.error;
  }

  /**
   * Opens an answer that goes on for as long as both sides keep it open: a watch. Not repeated.
   *
   * @throws {KubernetesError} as `send`, and for 404
   */
  async open(call: ApiCall, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const { access } = this;
    try {
      const response = await this.fetch(call, signal);
      if (response.ok && response.body !== null) {
        return response.body;
      }
      const answer = { status: response.status, body: await response.text() };
      throw answerError(access, call, answer, response.headers.get("Location"));
    } catch (error) {
      throw await this.explain(call, signal, error);
    }
  }

  /** The error that stands for whatever a connection failed with, also in the middle of an answer. */
  async explain(call: ApiCall, signal: AbortSignal, error: unknown): Promise<KubernetesError> {
    if (error instanceof KubernetesError) {
      return error;
    }
    return signal.aborted
      ? deadlineError(this.access, call, signal.reason)
      : await connectionError(this.access, call, error);
  }

  private async attempt(request: ApiRequest, signal: AbortSignal): Promise<Outcome> {
    const { access } = this;
    if (signal.aborted) {
      throw deadlineError(access, request, signal.reason);
    }
    try {
      const response = await this.fetch(request, signal);
      const answer = { status: response.status, body: await response.text() };
      if (response.ok || response.status === 404) {
        return { answer };
      }
      const error = answerError(access, request, answer, response.headers.get("Location"));
      return { error, retryAfter: response.headers.get("Retry-After") };
    } catch (error) {
      const failure = await this.explain(request, signal, error);
      if (signal.aborted || failure.kind === "config") {
        throw failure;
      }
      return { error: failure, retryAfter: null };
    }
  }

  private async fetch({ method, path, body }: ApiRequest, signal: AbortSignal): Promise<Response> {
    const { access } = this;
    const headers = { Accept: "application/json", ...(await authorization(access)) };
    return fetch(`${access.server}${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { "Content-Type": CONTENT_TYPE[method] }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
      // The signal is the only deadline: a watch may be silent for longer than Bun would wait by itself.
      timeout: false,
      // A redirect would carry the credentials to another server.
      redirect: "manual",
      // `false` and nothing else keeps HTTP_PROXY and its kind out.
      proxy: access.proxy ?? false,
      ...(access.tls && { tls: access.tls }),
    });
  }
}

const CONTENT_TYPE: Readonly<Record<ApiCall["method"], string>> = {
  GET: "application/json",
  POST: "application/json",
  PATCH: "application/merge-patch+json",
};

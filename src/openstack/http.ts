import { parseErrorBody, parseJson } from "./error-body.ts";
import { meaningOf } from "./error-table.ts";
import { OpenStackError, type OpenStackService } from "./errors.ts";
import type { TlsSettings } from "./tls.ts";
import { diagnoseTls } from "./tls-diagnosis.ts";
import {
  classifyTransportError,
  deadlineFailure,
  mayBeTlsFiles,
  requestTimeoutFailure,
  type TransportFailure,
  tlsFilesFailure,
} from "./transport-error.ts";

/**
 * How often the service may see a request:
 * `safe` changes nothing; `idempotent` may be repeated (PUT, DELETE); `once` must not be repeated blindly (POST, and a PUT with
 * If-Match, whose repetition would answer 412 to its own success).
 */
export type RequestSafety = "safe" | "idempotent" | "once";

export interface HttpRequest {
  readonly service: OpenStackService;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly safety: RequestSafety;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** The caller's deadline. */
  readonly signal: AbortSignal;
}

export interface HttpReply {
  /** What was asked for. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON; undefined when the answer has no body (204). */
  readonly body: unknown;
}

/** Called after every request, for logs and benchmarks; `status` is undefined when no HTTP answer came. */
export type CallObserver = (method: string, path: string, status: number | undefined, ms: number) => void;

export interface HttpOptions {
  readonly tls?: TlsSettings;
  /** Time-out of each single request, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly onCall?: CallObserver;
}

/**
 * One HTTP request at a time, without retries. Never uses a proxy, whatever HTTP_PROXY says: a node's control traffic goes
 * straight to the API. Redirects are not followed, so that a token cannot be sent elsewhere.
 */
export class HttpClient {
  readonly #options: HttpOptions;
  readonly #connections: Bun.FetchSession;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#connections = new Bun.FetchSession({ proxy: false, ...tlsOption(options.tls) });
  }

  /**
   * @returns the answer, when it is a success (2xx)
   * @throws OpenStackError for any other answer, and for none
   */
  async send(request: HttpRequest): Promise<HttpReply> {
    const startedAt = performance.now();
    const timeout = AbortSignal.timeout(this.#options.requestTimeoutMs);
    let response: Response | undefined;
    try {
      request.signal.throwIfAborted();
      response = await this.#connections.fetch(request.url, {
        method: request.method,
        headers: headersOf(request),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        redirect: "manual",
        // Bun itself repeats PUT and DELETE when a pooled connection turns out dead: not for what may be seen only once.
        keepalive: !(request.safety === "once" && request.method === "PUT"),
        signal: AbortSignal.any([request.signal, timeout]),
      });
      return readReply(request, response, await response.text());
    } catch (error) {
      if (error instanceof OpenStackError) throw error;
      throw await this.#noReply(request, timeout, response, error);
    } finally {
      const { onCall } = this.#options;
      onCall?.(request.method, pathOf(request.url), response?.status, performance.now() - startedAt);
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#connections.close();
  }

  async #noReply(
    request: HttpRequest,
    timeout: AbortSignal,
    response: Response | undefined,
    error: unknown,
  ): Promise<OpenStackError> {
    const { service, method, url } = request;
    const { maybeProcessed, ...failure } = await this.#failureOf(request, timeout, error);
    const ambiguous = (maybeProcessed || response !== undefined) && mayHaveChanged(request);
    return new OpenStackError({ service, method, url, ...failure, ambiguous }, { cause: error });
  }

  async #failureOf(request: HttpRequest, timeout: AbortSignal, error: unknown): Promise<TransportFailure> {
    const { requestTimeoutMs, tls } = this.#options;
    if (request.signal.aborted) return deadlineFailure(request.signal.reason);
    if (timeout.aborted) return requestTimeoutFailure(requestTimeoutMs);
    const isTls = tls !== undefined && request.url.startsWith("https:");
    const problem = isTls && mayBeTlsFiles(error) ? await diagnoseTls(tls) : undefined;
    return problem === undefined ? classifyTransportError(error) : tlsFilesFailure(problem);
  }
}

function tlsOption(tls: TlsSettings | undefined): { tls?: BunFetchRequestInitTLS } {
  if (tls === undefined) return {};
  const { verify, ...files } = tls;
  return { tls: { ...files, rejectUnauthorized: verify ?? true } };
}

function headersOf(request: HttpRequest): Record<string, string> {
  return {
    Accept: "application/json",
    "User-Agent": "skynet",
    ...(request.body === undefined ? {} : { "Content-Type": "application/json" }),
    ...request.headers,
  };
}

function mayHaveChanged(request: HttpRequest): boolean {
  return request.safety !== "safe";
}

function readReply(request: HttpRequest, response: Response, text: string): HttpReply {
  if (!response.ok) throw refusal(request, response, text);
  const { url } = request;
  const { status, headers } = response;
  if (text === "") return { url, status, headers, body: undefined };
  const body = parseJson(text);
  if (body === undefined) throw notJson(request, response, text);
  return { url, status, headers, body };
}

/** A gateway's 502 and 504 and the service's own 500 leave open what was done; 503 and 4xx are refusals. */
const OPEN_OUTCOME = new Set([500, 502, 504]);

function refusal(request: HttpRequest, response: Response, text: string): OpenStackError {
  const { service, method, url } = request;
  const { status } = response;
  const body = parseErrorBody(text);
  const meaning = meaningOf(service, status, body.type, body.message);
  const location = response.headers.get("Location");
  return new OpenStackError({
    service,
    method,
    url,
    status,
    ...meaning,
    said: location === null ? body.message : `redirected to ${location}`,
    ambiguous: OPEN_OUTCOME.has(status) && mayHaveChanged(request),
    type: body.type,
    requestId: requestIdOf(response),
    retryAfterMs: retryAfterOf(response),
  });
}

function notJson(request: HttpRequest, response: Response, text: string): OpenStackError {
  const { service, method, url } = request;
  return new OpenStackError({
    service,
    method,
    url,
    status: response.status,
    kind: "unexpected",
    said: `the answer is not JSON: ${parseErrorBody(text).message}`,
    hint: "check that the URL is that of the API and not of a web page",
    ambiguous: mayHaveChanged(request),
    requestId: requestIdOf(response),
  });
}

function requestIdOf(response: Response): string | undefined {
  return response.headers.get("X-Openstack-Request-Id") ?? undefined;
}

/** `Retry-After` in milliseconds; it is a number of seconds or an HTTP date (RFC 9110, 10.2.3). */
function retryAfterOf(response: Response): number | undefined {
  const value = response.headers.get("Retry-After");
  if (value === null) return undefined;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Also of what is no URL. */
function pathOf(url: string): string {
  return URL.parse(url, "http://invalid")?.pathname ?? url;
}

import { identityOf, type KeystoneCredentials } from "./auth/credentials.ts";
import { authenticate, type Grant, tokensUrl } from "./authenticate.ts";
import { type EndpointChoice, normalizeEndpoint } from "./catalog.ts";
import { configError, isOpenStackError, OpenStackError } from "./errors.ts";
import {
  type CallObserver,
  HttpClient,
  type HttpReply,
  type HttpRequest,
  type RequestSafety,
} from "./http.ts";
import { type RetryPolicy, withRetry } from "./retry.ts";
import type { OpenStackSettings } from "./settings.ts";
import { cacheKey, type TokenCache } from "./token-cache.ts";
import { deadlineFailure } from "./transport-error.ts";

export interface SessionOptions {
  /** Where tokens outlive the process. Without it each session authenticates once. */
  readonly tokenCache?: TokenCache;
  readonly onCall?: CallObserver;
  readonly retry?: RetryPolicy;
}

/** A request to Neutron; authentication and endpoint are the session's part. */
export interface ApiRequest {
  readonly method: HttpRequest["method"];
  /** From the version on, with the query: `/v2.0/ports?device_id=…`. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: by the method. */
  readonly safety?: RequestSafety;
  readonly signal: AbortSignal;
}

/** What a request needs: for `noauth` an endpoint alone. */
type Access = Pick<Grant, "endpoint"> & Partial<Grant>;

/** A token is renewed when it has less than this left, in milliseconds. */
const RENEW_BEFORE_MS = 60_000;

/** One for a token that another process stored and that is refused too, one for our own. */
const MOST_RENEWALS = 2;

const SAFETY: Readonly<Record<HttpRequest["method"], RequestSafety>> = {
  GET: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
  POST: "once",
};

/**
 * A conversation with Neutron as one identity: it gets the token when the first request needs it, shares it, renews it shortly
 * before its end or once after a 401, and repeats what may be repeated. Requests can run concurrently.
 */
export class Session {
  readonly settings: OpenStackSettings;
  readonly #options: SessionOptions;
  readonly #http: HttpClient;
  #grant: Grant | undefined;
  /** The last grant that came from Keystone and not from the cache: when its token is refused, another will be, too. */
  #issued: Grant | undefined;
  #renewal: Promise<Grant> | undefined;
  /** Why the renewal that is going on has not succeeded yet. */
  #renewalFailure: OpenStackError | undefined;

  constructor(settings: OpenStackSettings, options: SessionOptions = {}) {
    const { tls, requestTimeoutMs } = settings;
    const { onCall } = options;
    this.settings = settings;
    this.#options = options;
    this.#http = new HttpClient({ tls, requestTimeoutMs, ...(onCall === undefined ? {} : { onCall }) });
  }

  /**
   * Sends `request` with a valid token; after a 401 once more with a new one from Keystone (and before that with one that
   * another process has stored meanwhile).
   * @throws OpenStackError
   */
  async request(request: ApiRequest): Promise<HttpReply> {
    let access = await this.#access(request.signal);
    let renewals = access.token === undefined ? MOST_RENEWALS : 0;
    for (;;) {
      try {
        return await this.#send(access, request);
      } catch (error) {
        if (renewals >= MOST_RENEWALS || !isOpenStackError(error, "unauthorized")) throw error;
        const renewed = await this.#renewed(access.token, request.signal);
        renewals = renewed === this.#issued ? MOST_RENEWALS : renewals + 1;
        access = renewed;
      }
    }
  }

  /** The configured project, else the one that the token is scoped to; undefined with `noauth` and none configured. */
  async projectId(signal: AbortSignal): Promise<string | undefined> {
    return this.settings.projectId ?? (await this.#access(signal)).projectId;
  }

  /** Closes the idle connections. */
  close(): void {
    this.#http.close();
  }

  #send(access: Access, request: ApiRequest): Promise<HttpReply> {
    const { path, ...rest } = request;
    const safety = request.safety ?? SAFETY[request.method];
    const url = access.endpoint + path;
    const token = access.token === undefined ? {} : { "X-Auth-Token": access.token };
    const headers = { ...request.headers, ...token };
    const attempt = () => this.#http.send({ ...rest, service: "neutron", url, safety, headers });
    return withRetry(attempt, { safety, signal: request.signal, ...this.#policy() });
  }

  async #access(signal: AbortSignal): Promise<Access> {
    const { auth, endpoint } = this.settings;
    if (auth.type === "none") {
      if (endpoint === undefined) throw configError("no endpoint of Neutron is known", "set neutron_url");
      return { endpoint: normalizeEndpoint(endpoint) };
    }
    const grant = this.#grant;
    return grant !== undefined && isFresh(grant) ? grant : this.#renewed(grant?.token, signal);
  }

  /** A grant whose token is not `staleToken`; all who ask meanwhile wait for the same one, each with its own deadline. */
  #renewed(staleToken: string | undefined, signal: AbortSignal): Promise<Grant> {
    const grant = this.#grant;
    if (grant !== undefined && grant.token !== staleToken && isFresh(grant)) return Promise.resolve(grant);
    this.#renewal ??= this.#renew(staleToken).finally(() => {
      this.#renewal = undefined;
      this.#renewalFailure = undefined;
    });
    const tooLate = () => this.#renewalFailure ?? authenticationTimedOut(this.#credentials, signal.reason);
    return beforeAbort(this.#renewal, signal, tooLate);
  }

  /** Takes the grant that another process stored since, or gets a new one from Keystone. */
  async #renew(staleToken: string | undefined): Promise<Grant> {
    const credentials = this.#credentials;
    const { tokenCache } = this.#options;
    const choice = this.#choice();
    const { endpoint } = this.settings;
    const key = cacheKey([...identityOf(credentials), choice, endpoint]);
    const cached = await tokenCache?.load(key);
    if (cached !== undefined && cached.token !== staleToken && isFresh(cached)) {
      this.#grant = cached;
      return cached;
    }
    const fixed = endpoint === undefined ? {} : { endpoint: normalizeEndpoint(endpoint) };
    const { policy: retry } = this.#policy();
    const onFailure = (error: OpenStackError) => {
      this.#renewalFailure = error;
    };
    const how = { credentials, choice, ...fixed, onFailure, ...(retry === undefined ? {} : { retry }) };
    // Shared by all who wait, hence bounded by its own time-out and not by the deadline of one of them.
    const grant = await authenticate(this.#http, how, AbortSignal.timeout(this.settings.requestTimeoutMs));
    this.#grant = grant;
    this.#issued = grant;
    await tokenCache?.store(key, grant);
    return grant;
  }

  /** Only asked for where there is authentication. */
  get #credentials(): KeystoneCredentials {
    return this.settings.auth as KeystoneCredentials;
  }

  #choice(): EndpointChoice {
    const { region, interface: which } = this.settings;
    return { type: "network", interface: which, ...(region === undefined ? {} : { region }) };
  }

  #policy(): { policy?: RetryPolicy } {
    return this.#options.retry === undefined ? {} : { policy: this.#options.retry };
  }
}

function isFresh(grant: Grant): boolean {
  return grant.expiresAt - Date.now() > RENEW_BEFORE_MS;
}

/** `promise`, unless `signal` ends first; the work behind it goes on for the others that wait. */
function beforeAbort(promise: Promise<Grant>, signal: AbortSignal, tooLate: () => Error): Promise<Grant> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(tooLate());
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function authenticationTimedOut(credentials: KeystoneCredentials, cause: unknown): OpenStackError {
  const { maybeProcessed: _, ...failure } = deadlineFailure(cause);
  const request = { service: "keystone", method: "POST", url: tokensUrl(credentials) } as const;
  return new OpenStackError({ ...request, ...failure }, { cause });
}

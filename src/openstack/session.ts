import type { ApiRequest, ApiSession } from "./api-session.ts";
import { identityOf, type KeystoneCredentials } from "./auth/credentials.ts";
import { authenticate, type Grant, tokensUrl } from "./authenticate.ts";
import type { CallGate, Turn } from "./call-gate.ts";
import { type EndpointChoice, normalizeEndpoint } from "./catalog.ts";
import { configError, isOpenStackError, OpenStackError } from "./errors.ts";
import { type CallObserver, HttpClient, type HttpReply, type RequestSafety } from "./http.ts";
import { type RetryPolicy, withRetry } from "./retry.ts";
import type { OpenStackSettings } from "./settings.ts";
import { cacheKey, type TokenCache } from "./token-cache.ts";
import { deadlineFailure } from "./transport-error.ts";

export interface SessionOptions {
  /** Where tokens outlive the process. Without it each session authenticates once. */
  readonly tokenCache?: TokenCache;
  readonly onCall?: CallObserver;
  readonly retry?: RetryPolicy;
  /** Where requests to Neutron queue. Without it each is sent at once. */
  readonly gate?: CallGate;
}

/** What a request needs: for `noauth` an endpoint alone. */
type Access = Pick<Grant, "endpoint"> & Partial<Grant>;

/** A token is renewed when it has less than this left, in milliseconds. */
const RENEW_BEFORE_MS = 60_000;

/** Where calls queue of which nothing else is said: somebody waits, for no network in particular. */
const DEFAULT_TURN: Turn = { priority: "pod", lane: "" };

/** One for a token that another process stored and that is refused too, one for our own. */
const MOST_RENEWALS = 2;

const SAFETY: Readonly<Record<ApiRequest["method"], RequestSafety>> = {
  GET: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
  POST: "once",
};

/**
 * A conversation with Neutron as one identity: it gets the token when the first request needs it, shares it, renews it shortly
 * before its end or once after a 401, and repeats what may be repeated. Requests can run concurrently.
 */
export class Session implements ApiSession {
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
   * @param turn where it queues if calls are limited
   * @throws OpenStackError
   */
  async request(request: ApiRequest, turn: Turn = DEFAULT_TURN): Promise<HttpReply> {
    let access = await this.#access(request.signal);
    let renewals = access.token === undefined ? MOST_RENEWALS : 0;
    for (;;) {
      try {
        return await this.#send(access, request, turn);
      } catch (error) {
        if (renewals >= MOST_RENEWALS || !isOpenStackError(error, "unauthorized")) throw error;
        const renewed = await this.#renewed(access.token, request.signal);
        renewals = renewed === this.#issued ? MOST_RENEWALS : renewals + 1;
        access = renewed;
      }
    }
  }

  async projectId(signal: AbortSignal): Promise<string | undefined> {
    return this.settings.projectId ?? (await this.#access(signal)).projectId;
  }

  with(turn: Partial<Turn>): ApiSession {
    return this.#at({ ...DEFAULT_TURN, ...turn });
  }

  /** Closes the idle connections. */
  close(): void {
    this.#http.close();
  }

  #at(turn: Turn): ApiSession {
    return {
      settings: this.settings,
      request: (request) => this.request(request, turn),
      projectId: (signal) => this.projectId(signal),
      with: (changes) => this.#at({ ...turn, ...changes }),
    };
  }

  /** Each attempt queues anew, so that nothing is held while a retry waits. */
  #send(access: Access, request: ApiRequest, turn: Turn): Promise<HttpReply> {
    const { path, ...rest } = request;
    const safety = request.safety ?? SAFETY[request.method];
    const url = access.endpoint + path;
    const token = access.token === undefined ? {} : { "X-Auth-Token": access.token };
    const headers = { ...request.headers, ...token };
    const send = () => this.#http.send({ ...rest, service: "neutron", url, safety, headers });
    const { gate } = this.#options;
    const { method, signal } = request;
    const attempt = gate === undefined ? send : () => gate.run({ ...turn, method, path, signal }, send);
    return withRetry(attempt, { safety, signal, ...this.#policy() });
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

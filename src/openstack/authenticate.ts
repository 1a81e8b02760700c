import { authRequest, type KeystoneCredentials } from "./auth/credentials.ts";
import { type CatalogService, type EndpointChoice, findEndpoint } from "./catalog.ts";
import { OpenStackError } from "./errors.ts";
import type { HttpClient, HttpReply } from "./http.ts";
import { type RetryPolicy, withRetry } from "./retry.ts";

/** A token and what is worth keeping with it: enough to talk to Neutron without asking Keystone again. */
export interface Grant {
  readonly token: string;
  /** By this host's clock, in milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Neutron's URL from the catalogue or from the settings. */
  readonly endpoint: string;
  readonly projectId: string;
}

export interface AuthenticateOptions {
  readonly credentials: KeystoneCredentials;
  readonly choice: EndpointChoice;
  /** Wins over the catalogue. */
  readonly endpoint?: string;
  readonly retry?: RetryPolicy;
  /** Told of every failure that is followed by another attempt. */
  readonly onFailure?: (error: OpenStackError) => void;
}

/** Where tokens are issued. */
export function tokensUrl({ authUrl }: KeystoneCredentials): string {
  return `${authUrl}/auth/tokens`;
}

/**
 * Exchanges credentials for a token.
 * @throws OpenStackError of service `keystone`; `ambiguous` is never set, since a token too many does no harm
 */
export async function authenticate(
  http: HttpClient,
  options: AuthenticateOptions,
  signal: AbortSignal,
): Promise<Grant> {
  const url = tokensUrl(options.credentials);
  const body = authRequest(options.credentials);
  const attempt = () => http.send({ service: "keystone", method: "POST", url, safety: "safe", body, signal });
  const { retry, onFailure } = options;
  const reply = await withRetry(attempt, {
    safety: "safe",
    signal,
    onFailure,
    ...(retry === undefined ? {} : { policy: retry }),
  });
  return readGrant(reply, url, options);
}

/** The part of Keystone's answer that is used. */
interface TokenBody {
  readonly token?: {
    readonly expires_at?: string;
    readonly issued_at?: string;
    readonly project?: { readonly id?: string };
    readonly catalog?: readonly CatalogService[];
  };
}

function readGrant(reply: HttpReply, url: string, options: AuthenticateOptions): Grant {
  const token = reply.headers.get("X-Subject-Token");
  const details = (reply.body as TokenBody | undefined)?.token;
  if (token === null || details === undefined) {
    throw new OpenStackError({
      service: "keystone",
      kind: "unexpected",
      method: "POST",
      url,
      status: reply.status,
      said: "the answer holds no token",
      hint: "check that auth_url is the address of Keystone's v3 API",
    });
  }
  const { credentials, choice } = options;
  return {
    token,
    expiresAt: expiryOf(details.issued_at, details.expires_at),
    endpoint: options.endpoint ?? findEndpoint(details.catalog ?? [], choice, credentials.authUrl),
    projectId: details.project?.id ?? "",
  };
}

/** When the token ends by this host's clock: its lifetime counts from now, so that a clock that differs from Keystone's does no harm. */
function expiryOf(issuedAt: string | undefined, expiresAt: string | undefined): number {
  const expires = Date.parse(expiresAt ?? "");
  const issued = Date.parse(issuedAt ?? "");
  if (Number.isNaN(expires)) return Date.now();
  return Number.isNaN(issued) ? expires : Date.now() + expires - issued;
}

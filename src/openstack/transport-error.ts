import type { OpenStackErrorKind } from "./errors.ts";

/** What became of a request that got no HTTP answer. */
export interface TransportFailure {
  readonly kind: OpenStackErrorKind;
  readonly said: string;
  readonly hint: string;
  readonly retryable: boolean;
  /** False only when it is certain that the service never saw the request. */
  readonly maybeProcessed: boolean;
}

/** Bun's code among others for certificates and keys that cannot be used. */
const NO_SOCKET = "FailedToOpenSocket";

const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "EADDRNOTAVAIL",
  "ENETDOWN",
  "EHOSTDOWN",
  "ConnectionRefused",
  NO_SOCKET,
]);
const NO_NAME = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME", "ESERVFAIL"]);
const TLS_CODE =
  /CERT|TLS|SSL|^EPROTO$|UNABLE_TO_|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|AUTHORITY_KEY/i;

/** There was no answer within the caller's deadline, whose `reason` says how long that was. */
export function deadlineFailure(reason: unknown): TransportFailure {
  return timeoutFailure(
    `no answer in time (${messageOf(reason)})`,
    "the service is slow or away: try again later",
  );
}

/** There was no answer within the time-out of a single request, in milliseconds. */
export function requestTimeoutFailure(ms: number): TransportFailure {
  return timeoutFailure(
    `no answer within ${ms} ms`,
    "the service is slow or away; neutron.request_timeout sets how long to wait",
  );
}

function timeoutFailure(said: string, hint: string): TransportFailure {
  return { kind: "timeout", said, hint, retryable: true, maybeProcessed: true };
}

/** The TLS settings themselves are wrong: no request was sent. */
export function tlsFilesFailure(problem: string): TransportFailure {
  const hint = "correct cacert, cert and key";
  return { kind: "tls", said: problem, hint, retryable: false, maybeProcessed: false };
}

/** Whether the reason may be in certificates or key, which {@link classifyTransportError} cannot tell. */
export function mayBeTlsFiles(error: unknown): boolean {
  return codeOf(error) === NO_SOCKET;
}

/** Reads the `code` that Bun's `fetch` puts on what it throws. Aborts are for the caller to tell apart. */
export function classifyTransportError(error: unknown): TransportFailure {
  const code = codeOf(error);
  if (NOT_CONNECTED.has(code)) {
    const hint = "check that the service runs, and the route and firewall from this host";
    return {
      kind: "unreachable",
      said: `no connection (${code})`,
      hint,
      retryable: true,
      maybeProcessed: false,
    };
  }
  if (NO_NAME.has(code)) {
    const hint = "check the host name in the URL and this host's DNS";
    return {
      kind: "unreachable",
      said: `name lookup failed (${code})`,
      hint,
      retryable: true,
      maybeProcessed: false,
    };
  }
  if (TLS_CODE.test(code)) {
    return { kind: "tls", ...tlsProblem(code), retryable: false, maybeProcessed: false };
  }
  if (code === "ERR_INVALID_URL" || code === "ERR_INVALID_ARG_VALUE") {
    return {
      kind: "config",
      said: "invalid URL",
      hint: "correct the URL",
      retryable: false,
      maybeProcessed: false,
    };
  }
  if (/Malformed|HPE_|InvalidHTTP/i.test(code)) {
    const hint = "check that the URL is that of the API and not of some other service";
    return {
      kind: "unexpected",
      said: "the answer is not HTTP",
      hint,
      retryable: false,
      maybeProcessed: true,
    };
  }
  const said = `connection lost before the answer was complete (${code || messageOf(error)})`;
  const hint =
    "the service or a proxy closed the connection: look into its log, and check whether the URL should be http or https";
  return { kind: "unreachable", said, hint, retryable: true, maybeProcessed: true };
}

function tlsProblem(code: string): Pick<TransportFailure, "said" | "hint"> {
  if (/ALTNAME|HOSTNAME/.test(code)) {
    return {
      said: `the server's certificate is for another name (${code})`,
      hint: "use a name in the URL that the certificate carries",
    };
  }
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return {
      said: `the server's certificate is not valid now (${code})`,
      hint: "renew the server's certificate, and check this host's clock",
    };
  }
  if (code === "EPROTO") {
    return {
      said: `the TLS handshake failed (${code})`,
      hint: "check that the port speaks https, and whether a client certificate is wanted (cert, key)",
    };
  }
  return {
    said: `the server's certificate cannot be verified (${code})`,
    hint: "set cacert to the CA that signed the server's certificate",
  };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

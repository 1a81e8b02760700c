/** What went wrong, in the terms that a caller decides by. */
export type OpenStackErrorKind =
  /** No connection: refused, no route, no DNS answer, connection cut. */
  | "unreachable"
  /** No answer within the request's time-out or the caller's deadline. */
  | "timeout"
  /** The TLS handshake failed: unknown CA, wrong host name, client certificate missing. */
  | "tls"
  /** 401: the credentials or the token are not accepted. */
  | "unauthorized"
  /** 403: the policy does not allow it. */
  | "forbidden"
  | "notFound"
  /** 409 for any other reason than those below. */
  | "conflict"
  | "quota"
  /** No address is left in the subnet or network. */
  | "addressesExhausted"
  | "addressInUse"
  | "macInUse"
  /** 400: something in the request is wrong. */
  | "invalid"
  /** 412: the object changed since it was read. */
  | "revision"
  | "rateLimited"
  /** 500, 502, 503, 504: the service is there, but cannot serve now. */
  | "unavailable"
  /** The settings are incomplete or wrong; nothing was sent. */
  | "config"
  /** An answer that the API does not define: HTML, broken JSON, an unknown status. */
  | "unexpected";

export type OpenStackService = "neutron" | "keystone";

/** Everything known about a failure; {@link OpenStackError} makes the sentence. */
export interface OpenStackFailure {
  readonly service: OpenStackService;
  readonly kind: OpenStackErrorKind;
  /** What the service, the network or the check said. */
  readonly said: string;
  /** What the reader can do about it. */
  readonly hint: string;
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** HTTP status, when an answer came. */
  readonly status?: number | undefined;
  /** `NeutronError.type`, e.g. `IpAddressAlreadyAllocated`. */
  readonly type?: string | undefined;
  /** `X-Openstack-Request-Id`: finds the request in the service's log. */
  readonly requestId?: string | undefined;
  /** The same request may well succeed later. */
  readonly retryable?: boolean;
  /** The service may have carried the change out, although no confirming answer came. */
  readonly ambiguous?: boolean;
  /** What the service asked for with `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

const SERVICE_NAMES: Record<OpenStackService, string> = { neutron: "Neutron", keystone: "Keystone" };

/** A request to OpenStack, or the preparation of one, failed. The message is one sentence with a hint. */
export class OpenStackError extends Error {
  override readonly name = "OpenStackError";
  readonly service: OpenStackService;
  readonly kind: OpenStackErrorKind;
  readonly said: string;
  readonly hint: string;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly ambiguous: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(failure: OpenStackFailure, options?: ErrorOptions) {
    super(sentence(failure), options);
    this.service = failure.service;
    this.kind = failure.kind;
    this.said = failure.said;
    this.hint = failure.hint;
    this.method = failure.method;
    this.url = failure.url;
    this.status = failure.status;
    this.type = failure.type;
    this.requestId = failure.requestId;
    this.retryable = failure.retryable ?? false;
    this.ambiguous = failure.ambiguous ?? false;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** Whether `error` is an {@link OpenStackError}, optionally of one of `kinds`. */
export function isOpenStackError(
  error: unknown,
  ...kinds: readonly OpenStackErrorKind[]
): error is OpenStackError {
  return error instanceof OpenStackError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** An error of the settings: `said` names the file, cloud and key; nothing was sent. */
export function configError(said: string, hint: string, options?: ErrorOptions): OpenStackError {
  return new OpenStackError({ service: "keystone", kind: "config", said, hint }, options);
}

function sentence(failure: OpenStackFailure): string {
  const said = failure.said.replace(/[.\s]+$/, "");
  if (failure.kind === "config") return `OpenStack settings: ${said}; ${failure.hint}`;
  const facts = [failure.status, failure.type, failure.requestId].filter((fact) => fact !== undefined);
  const answer = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
  // Queries list every attribute that is asked for: nothing that helps the reader.
  const request = `${failure.method} ${failure.url?.replace(/\?.*/s, "")}`;
  return `${SERVICE_NAMES[failure.service]}: ${request} failed${answer}: ${said}; ${failure.hint}`;
}

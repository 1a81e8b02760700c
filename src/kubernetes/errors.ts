/** What went wrong between us and the API server, for callers that decide by it. */
export type KubernetesErrorKind =
  /** No connection: refused, reset, no route, name not found. */
  | "unreachable"
  /** The deadline passed first. */
  | "timeout"
  /** The two sides could not agree on certificates. */
  | "tls"
  /** 401: the server does not know us. */
  | "unauthorized"
  /** 403: it knows us, and we may not. */
  | "forbidden"
  /** 404 for something other than the object asked for: no Kubernetes API at this address. */
  | "notFound"
  /** 409: the object is not in the state that the change takes for granted, or is there already. */
  | "conflict"
  /** 410: what happened after the version asked for is forgotten; only a new list helps. */
  | "gone"
  /** 400, 413 or 422: the server understood, and does not take what it was sent. */
  | "invalid"
  /** 429 or 5xx: the server cannot answer now. */
  | "unavailable"
  /** An answer that a Kubernetes API server does not give. */
  | "unexpected"
  /** The kubeconfig, the service account or the configured address is wrong. */
  | "config";

export interface KubernetesErrorDetails {
  /** Address of the API server. */
  readonly server?: string;
  /** Path of the request, or of the file at fault when kind is `config`. */
  readonly path?: string;
  /** HTTP status. */
  readonly status?: number;
  /** `reason` of the Status the server answered with, e.g. `Forbidden`; or the code of the system error. */
  readonly reason?: string;
  readonly cause?: unknown;
}

/** The API server could not be asked, or did not answer as asked. The message says what to do. */
export class KubernetesError extends Error {
  override readonly name = "KubernetesError";
  readonly server: string | undefined;
  readonly path: string | undefined;
  readonly status: number | undefined;
  readonly reason: string | undefined;

  constructor(
    readonly kind: KubernetesErrorKind,
    message: string,
    details: KubernetesErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.server = details.server;
    this.path = details.path;
    this.status = details.status;
    this.reason = details.reason;
  }
}

/** A pod asks for something that cannot be: the fault is in its annotations, not in the cluster. */
export class PodRequestError extends Error {
  override readonly name = "PodRequestError";

  constructor(
    /** Where the value was said, e.g. `annotation skynet/ip` or `runtimeConfig.ips[0]`. */
    readonly source: string,
    readonly value: string,
    /** The pod as `namespace/name`. */
    readonly pod: string,
    problem: string,
  ) {
    super(`${source} of pod ${pod} is ${JSON.stringify(value)}: ${problem}`);
  }
}

/** The code of a system error (`ENOENT`, `ECONNREFUSED`), if the thing thrown has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** The message of anything thrown, for building sentences. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type { Status } from "kubernetes-types/meta/v1";
import type { ApiAccess } from "./access.ts";
import { errorCode, KubernetesError, type KubernetesErrorDetails, messageOf } from "./errors.ts";
import { diagnoseTls } from "./tls-diagnosis.ts";

/** A Status object (`kind: Status`) in the body of an answer, or undefined when the body is something else. */
export function parseStatus(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    const isStatus = typeof parsed === "object" && parsed !== null && (parsed as Status).kind === "Status";
    return isStatus ? (parsed as Status) : undefined;
  } catch {
    return undefined;
  }
}

/** What was asked, as messages name it: without the query, which differs from one request to the next. */
export interface ApiCall {
  readonly method: "GET" | "POST" | "PATCH";
  /** Below the server's URL, e.g. `/api/v1/namespaces/default/pods/web-0`; with the query, if there is one. */
  readonly path: string;
}

/** The path alone. */
function pathOf({ path }: ApiCall): string {
  return path.replace(/\?.*/s, "");
}

/**
 * Makes an error of an answer that is no success.
 *
 * @param location where the answer redirects to, if it does
 */
export function answerError(
  access: ApiAccess,
  call: ApiCall,
  { status, body }: { status: number; body: string },
  location: string | null = null,
): KubernetesError {
  const path = pathOf(call);
  const asked = `${call.method} ${path}`;
  const answer = parseStatus(body);
  const {
    reason,
    message = location === null ? undefined : `redirected to ${location.replace(/\?.*/s, "")}`,
  } = answer ?? {};
  const said = message === undefined ? `HTTP ${status}` : `HTTP ${status}: ${message}`;
  const details = { server: access.server, path, status, ...(reason !== undefined && { reason }) };
  const make = (kind: KubernetesError["kind"], problem: string) =>
    new KubernetesError(kind, `API server ${access.server} ${problem} (${said})`, details);

  if (status === 401) {
    return make(
      "unauthorized",
      `does not accept the credentials of ${access.origin}: ${credentialAdvice(access)}`,
    );
  }
  if (status === 403) {
    return make("forbidden", `does not let us ${asked}: give the user of ${access.origin} a role that may`);
  }
  if (status === 404) {
    return make("notFound", `knows no ${path}: check host, port and path of the server in ${access.origin}`);
  }
  const refused = answer === undefined ? undefined : REFUSED[status];
  if (refused !== undefined) {
    const [kind, problem] = refused;
    return make(kind, `${problem}: ${asked}`);
  }
  if (status === 429 || status >= 500) {
    return make(
      "unavailable",
      `cannot answer ${asked} now: try again, and look at the server's load and log`,
    );
  }
  return make("unexpected", `answered ${asked} as no API server does: check the server in ${access.origin}`);
}

/** Refusals that only an API server words as a Status; kind and what it means. */
const REFUSED: Readonly<Record<number, [kind: KubernetesError["kind"], problem: string]>> = {
  400: ["invalid", "does not take what it was sent"],
  409: ["conflict", "has another state of the object than was expected"],
  410: ["gone", "no longer has the version asked for"],
  413: ["invalid", "does not take so much at once"],
  422: ["invalid", "does not take what it was sent"],
};

function credentialAdvice(access: ApiAccess): string {
  if (access.server.startsWith("http:")) {
    return "over http none are sent, so use the https address of the server, in a kubeconfig with credentials";
  }
  if (access.credentials === undefined && access.tls?.cert === undefined) {
    return "there are none, so name a kubeconfig that has some";
  }
  return "renew the token or certificate if it has expired";
}

/** Makes an error of an answer whose body is not the object asked for. */
export function bodyError(access: ApiAccess, call: ApiCall, expected: string): KubernetesError {
  const path = pathOf(call);
  return new KubernetesError(
    "unexpected",
    `API server ${access.server} answered ${call.method} ${path} with something that is no ${expected}: check the server in ${access.origin}`,
    { server: access.server, path },
  );
}

/** Makes an error of the signal having been aborted before there was an answer. */
export function deadlineError(access: ApiAccess, call: ApiCall, reason: unknown): KubernetesError {
  const path = pathOf(call);
  return new KubernetesError(
    "timeout",
    `no answer from API server ${access.server} to ${call.method} ${path} in time (${messageOf(reason)}): check that it runs and that nothing drops packets to it (address from ${access.origin})`,
    { server: access.server, path, cause: reason },
  );
}

/**
 * Makes an error of what `fetch` threw. Codes as Bun 1.4 gives them: a failed verification has the code of OpenSSL
 * (see node:tls), EPROTO stands for any other failed handshake, FailedToOpenSocket among others for TLS settings
 * which cannot be used.
 */
export async function connectionError(
  access: ApiAccess,
  call: ApiCall,
  error: unknown,
): Promise<KubernetesError> {
  const code = errorCode(error) ?? "unknown";
  const path = pathOf(call);
  const details = { server: access.server, path, reason: code, cause: error };
  const tls = access.server.startsWith("https:") ? await tlsProblem(access, code) : undefined;
  return tls === undefined
    ? unreachable(access, code, error, details)
    : new KubernetesError(
        "tls",
        `no TLS connection to API server ${access.server}: ${tls} (${code})`,
        details,
      );
}

/** Codes of a certificate that was looked at and refused. */
const REFUSED_CERTIFICATE = /CERT|CRL|SIGNATURE|ISSUER|SELF_SIGNED|CHAIN/;

async function tlsProblem(access: ApiAccess, code: string): Promise<string | undefined> {
  const { origin, tls } = access;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const name = tls?.serverName ?? new URL(access.server).hostname;
    return `its certificate is not for "${name}": use a name that is in it, or set tls-server-name in a kubeconfig`;
  }
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return "its certificate is not valid today: renew it, or set the clock of this machine right";
  }
  if (REFUSED_CERTIFICATE.test(code)) {
    return tls?.ca === undefined
      ? "the system's authorities do not know its certificate: give the authority in a kubeconfig (certificate-authority)"
      : `its certificate is not from the authority in ${origin}: give the one which signed it (certificate-authority)`;
  }
  if (code === "EPROTO") {
    return tls?.cert === undefined
      ? "the handshake failed: check that the port speaks TLS, and whether the server wants a client certificate"
      : "the handshake failed: check that the port speaks TLS and that the server accepts the client certificate";
  }
  return code === "FailedToOpenSocket" ? diagnoseTls(access) : undefined;
}

function unreachable(
  access: ApiAccess,
  code: string,
  error: unknown,
  details: KubernetesErrorDetails,
): KubernetesError {
  const via = access.proxy === undefined ? "" : ` through the proxy ${new URL(access.proxy).host}`;
  const make = (problem: string) =>
    new KubernetesError(
      "unreachable",
      `API server ${access.server} cannot be reached${via}: ${problem}`,
      details,
    );
  switch (code) {
    case "ECONNREFUSED":
      return make(`nothing listens there; start it, or correct the address in ${access.origin} (${code})`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NONAME":
    case "EAI_NODATA":
    case "EAI_FAIL":
      return make(
        `its name cannot be resolved; correct the address in ${access.origin}, or the DNS of this host (${code})`,
      );
    case "Malformed_HTTP_Response":
      return new KubernetesError(
        "unexpected",
        `API server ${access.server} does not speak HTTP: check scheme, host and port of the server in ${access.origin}`,
        details,
      );
    case "ECONNRESET":
      return make(`it closed the connection; check that ${closingReasons(access)} (${code})`);
    default:
      return make(
        `${messageOf(error)} (${code}); check the address in ${access.origin} and the routes to it`,
      );
  }
}

/** A server that refuses a TLS 1.3 client certificate does so after the handshake: the client sees a closed connection. */
function closingReasons(access: ApiAccess): string {
  if (access.server.startsWith("http:")) {
    return "it runs, and that the port speaks http and not https";
  }
  return access.tls?.cert === undefined
    ? "it runs"
    : `it accepts the client certificate in ${access.origin} (authority, expiry)`;
}

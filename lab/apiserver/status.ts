import type { Status } from "kubernetes-types/meta/v1";

/** A refusal, as an API server words it in a Status object (Kubernetes API conventions, "Response Status Kind"). */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }

  body(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      reason: this.reason,
      code: this.code,
    };
  }
}

/** `reason` of a Status by its code. */
const REASONS: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** Any refusal on request. */
export const refusal = (code: number) =>
  new Refusal(code, REASONS[code] ?? "Unknown", "this lab was asked to refuse it");

export const badRequest = (message: string) => new Refusal(400, "BadRequest", message);
export const unauthorized = () => new Refusal(401, "Unauthorized", "Unauthorized");
export const noSuchResource = () =>
  new Refusal(404, "NotFound", "the server could not find the requested resource");
export const notFound = (resource: string, name: string) =>
  new Refusal(404, "NotFound", `${resource} "${name}" not found`);
export const methodNotAllowed = () =>
  new Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
export const exists = (resource: string, name: string) =>
  new Refusal(409, "AlreadyExists", `${resource} "${name}" already exists`);
export const conflict = (resource: string, name: string, why: string) =>
  new Refusal(409, "Conflict", `Operation cannot be fulfilled on ${resource} "${name}": ${why}`);
export const expired = (version: number, oldest: number) =>
  new Refusal(410, "Expired", `too old resource version: ${version} (${oldest})`);
export const tooNew = (version: number, newest: number) =>
  new Refusal(504, "Timeout", `Too large resource version: ${version}, current: ${newest}`);
export const wrongMediaType = (type: string) =>
  new Refusal(415, "UnsupportedMediaType", `the body of the request was in an unknown format: ${type}`);
export const forbidden = (verb: string, resource: string, namespace: string) =>
  new Refusal(
    403,
    "Forbidden",
    `${resource} is forbidden: User "reader" cannot ${verb} resource "${resource}" in API group "" in the namespace "${namespace}"`,
  );

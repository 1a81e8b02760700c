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

export const badRequest = (message: string) => new Refusal(400, "BadRequest", message);
export const unauthorized = () => new Refusal(401, "Unauthorized", "Unauthorized");
export const noSuchResource = () =>
  new Refusal(404, "NotFound", "the server could not find the requested resource");
export const noSuchPod = (name: string) => new Refusal(404, "NotFound", `pods "${name}" not found`);
export const methodNotAllowed = () =>
  new Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
export const podExists = (name: string) => new Refusal(409, "AlreadyExists", `pods "${name}" already exists`);
export const conflict = (name: string, why: string) =>
  new Refusal(409, "Conflict", `Operation cannot be fulfilled on pods "${name}": ${why}`);
export const forbidden = (verb: string, namespace: string) =>
  new Refusal(
    403,
    "Forbidden",
    `pods is forbidden: User "reader" cannot ${verb} resource "pods" in API group "" in the namespace "${namespace}"`,
  );

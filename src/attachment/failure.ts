import { SQLiteError } from "bun:sqlite";
import { CniCode, CniError, messageOf } from "../cni/errors.ts";
import { DeadlineError } from "../deadline.ts";
import { KubernetesError, PodRequestError } from "../kubernetes/errors.ts";
import { NamespaceError, NetlinkError } from "../netlink/errors.ts";
import { OpenStackError, type OpenStackErrorKind } from "../openstack/errors.ts";
import { StoreError } from "../state/index.ts";
import { SystemCallError } from "../system/errno.ts";
import { WiringError } from "../wiring/errors.ts";

/** What a failure of Neutron or Keystone means to the runtime: to try again, to change the pod, or to call somebody. */
const OPENSTACK_CODES: Record<OpenStackErrorKind, CniCode> = {
  unreachable: CniCode.tryAgainLater,
  timeout: CniCode.tryAgainLater,
  unavailable: CniCode.tryAgainLater,
  rateLimited: CniCode.tryAgainLater,
  revision: CniCode.tryAgainLater,
  quota: CniCode.exhausted,
  addressesExhausted: CniCode.exhausted,
  addressInUse: CniCode.addressInUse,
  macInUse: CniCode.addressInUse,
  invalid: CniCode.badRequest,
  notFound: CniCode.badRequest,
  unauthorized: CniCode.forbidden,
  forbidden: CniCode.forbidden,
  config: CniCode.invalidConfig,
  tls: CniCode.invalidConfig,
  conflict: CniCode.upstream,
  unexpected: CniCode.upstream,
};

/** The error that the runtime gets for whatever was thrown. */
export function toCniError(error: unknown): CniError {
  if (error instanceof CniError) return error;
  const code = codeOf(error);
  const details = error instanceof Error && code === CniCode.internal ? error.stack : undefined;
  return new CniError(code, sentenceOf(error, code), details, { cause: error });
}

function codeOf(error: unknown): CniCode {
  if (error instanceof OpenStackError) return OPENSTACK_CODES[error.kind];
  if (error instanceof KubernetesError) return kubernetesCode(error);
  if (error instanceof PodRequestError) return CniCode.badRequest;
  if (error instanceof DeadlineError) return CniCode.tryAgainLater;
  if (error instanceof StoreError || error instanceof SQLiteError) return CniCode.io;
  if (error instanceof NamespaceError) return CniCode.invalidNetns;
  if (error instanceof WiringError && error.reason === "unsupported-kind") return CniCode.invalidConfig;
  if (error instanceof WiringError && error.reason === "switch-unreachable") return CniCode.tryAgainLater;
  if (error instanceof WiringError && error.reason === "unsupported-binding") return CniCode.bindingFailed;
  if (isOfTheKernel(error)) return CniCode.wiring;
  return CniCode.internal;
}

function isOfTheKernel(error: unknown): boolean {
  return error instanceof WiringError || error instanceof NetlinkError || error instanceof SystemCallError;
}

function kubernetesCode(error: KubernetesError): CniCode {
  switch (error.kind) {
    case "config":
    case "tls":
      return CniCode.invalidConfig;
    case "unauthorized":
    case "forbidden":
      return CniCode.forbidden;
    case "unreachable":
    case "timeout":
    case "unavailable":
      return CniCode.tryAgainLater;
    default:
      return CniCode.upstream;
  }
}

function sentenceOf(error: unknown, code: CniCode): string {
  const message = messageOf(error);
  if (code !== CniCode.internal) return message;
  return `this should not have happened, please report it: ${message}`;
}

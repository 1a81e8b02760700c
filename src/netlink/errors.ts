/** What the kernel refuses, with its number, its name and, where it says more, its own words. */
import { errnoName } from "../system/errno.ts";

/** A request that the kernel refused, or did not answer in time (ETIMEDOUT). */
export class NetlinkError extends Error {
  override readonly name = "NetlinkError";
  /** Symbolic name, such as `EEXIST`. */
  readonly code: string;

  constructor(
    readonly errno: number,
    /** What was asked, such as `create link brq0a1b2c3d-4e`. */
    readonly operation: string,
    /** The kernel's extended acknowledgement, where it gave one. */
    readonly kernelMessage?: string,
  ) {
    const code = errnoName(errno);
    const hint = code === "EPERM" ? ": skynet must run as root (CAP_NET_ADMIN)" : "";
    super(`${operation}: ${kernelMessage ? `${kernelMessage} (${code})` : code}${hint}`);
    this.code = code;
  }
}

export type NamespaceProblem = "missing" | "not a network namespace" | "permission";

const NAMESPACE_SENTENCES: Readonly<Record<NamespaceProblem, (path: string) => string>> = {
  missing: (path) => `the network namespace ${path} is missing`,
  "not a network namespace": (path) => `${path} is not a network namespace`,
  permission: (path) =>
    `the network namespace ${path} may not be entered: skynet must run as root (CAP_SYS_ADMIN)`,
};

/** A path that does not lead into a network namespace. */
export class NamespaceError extends Error {
  override readonly name = "NamespaceError";

  constructor(
    readonly path: string,
    readonly reason: NamespaceProblem,
  ) {
    super(NAMESPACE_SENTENCES[reason](path));
  }
}

/** Whether an error says that the namespace is gone: nothing is left in it to undo. */
export function isMissingNamespace(error: unknown): error is NamespaceError {
  return error instanceof NamespaceError && error.reason !== "permission";
}

function isRefusedWith(code: string): (error: unknown) => error is NetlinkError {
  return (error): error is NetlinkError => error instanceof NetlinkError && error.code === code;
}

/** What was to be made is there already. */
export const isExist = isRefusedWith("EEXIST");
/** No such link. */
export const isNoDevice = isRefusedWith("ENODEV");
/** No such route. */
export const isNoRoute = isRefusedWith("ESRCH");
/** No such address on the link. */
export const isNoAddress = isRefusedWith("EADDRNOTAVAIL");
/** The gateway of a route is not on any connected network: IPv4 and IPv6 say it differently. */
export function isUnreachable(error: unknown): error is NetlinkError {
  return isRefusedWith("ENETUNREACH")(error) || isRefusedWith("EHOSTUNREACH")(error);
}
/** Not allowed; for IPv6 addresses also: IPv6 is disabled on the link. */
export const isAccessDenied = isRefusedWith("EACCES");
/** The kernel lacks this kind of link or this protocol. */
export const isNotSupported = isRefusedWith("EOPNOTSUPP");
/** The link serves something that does not share it: a bridge, macvlan devices. */
export const isBusy = isRefusedWith("EBUSY");
/** What was asked for contradicts itself, or the state of the link. */
export const isInvalid = isRefusedWith("EINVAL");
/** No such filter or queueing discipline; when one is made: the kernel lacks its kind. */
export const isNoEntry = isRefusedWith("ENOENT");

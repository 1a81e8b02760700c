/** Errors of the kernel and of the C library, by number and by name. */

/** Names of the errors that netlink, namespaces, locks and files meet (asm-generic/errno-base.h, asm-generic/errno.h). */
const errnoNames: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  3: "ESRCH",
  4: "EINTR",
  5: "EIO",
  6: "ENXIO",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  16: "EBUSY",
  17: "EEXIST",
  19: "ENODEV",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  25: "ENOTTY",
  28: "ENOSPC",
  30: "EROFS",
  32: "EPIPE",
  34: "ERANGE",
  36: "ENAMETOOLONG",
  40: "ELOOP",
  75: "EOVERFLOW",
  90: "EMSGSIZE",
  95: "EOPNOTSUPP",
  97: "EAFNOSUPPORT",
  98: "EADDRINUSE",
  99: "EADDRNOTAVAIL",
  100: "ENETDOWN",
  101: "ENETUNREACH",
  104: "ECONNRESET",
  105: "ENOBUFS",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  113: "EHOSTUNREACH",
};

/** The symbolic name of an error number, or `errno N` for those without one here. */
export function errnoName(errno: number): string {
  return errnoNames[errno] ?? `errno ${errno}`;
}

/** An error number by its name. */
export function errnoOf(name: string): number {
  const found = Object.entries(errnoNames).find(([, known]) => known === name);
  if (found === undefined) throw new RangeError(`${name} has no number here`);
  return Number(found[0]);
}

/** A failed call of the C library. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly code: string;

  constructor(
    readonly call: string,
    readonly errno: number,
  ) {
    super(`${call}: ${errnoName(errno)}`);
    this.code = errnoName(errno);
  }
}

/** Network namespaces behind paths such as `/run/netns/x` and `/proc/123/ns/net`. */
import { SystemCallError } from "../system/errno.ts";
import { writeSetting } from "../system/files.ts";
import * as libc from "../system/libc.ts";
import { NamespaceError } from "./errors.ts";

/** The namespace of the calling thread. */
const OWN = "/proc/thread-self/ns/net";

/** What keeps this process from opening anything: it says nothing of the path. */
const NOT_OF_THE_PATH = ["EMFILE", "ENFILE", "ENOMEM", "EINTR"];

/** An open network namespace. It lives at least as long as this is not disposed of. */
export class Namespace implements Disposable {
  private constructor(
    readonly path: string,
    readonly fd: number,
  ) {}

  /** @throws NamespaceError; SystemCallError when the process can open nothing */
  static open(path: string): Namespace {
    const fd = openDescriptor(path);
    if (isNetworkNamespace(fd)) return new Namespace(path, fd);
    libc.close(fd);
    throw new NamespaceError(path, "not a network namespace");
  }

  /** The calling thread's own namespace. */
  static own(): Namespace {
    return Namespace.open(OWN);
  }

  /** Whether two paths lead to one namespace. */
  equals(other: Namespace): boolean {
    return this.identity === other.identity;
  }

  /**
   * `net:[4026531840]`: the number is that of no other namespace (namespaces(7)). Of one that is bound to a path, as runtimes
   * do it, a descriptor tells the path: there the namespace itself has to be asked.
   */
  private get identity(): string {
    const told = libc.readlink(`/proc/self/fd/${this.fd}`);
    return told.startsWith("net:[") ? told : this.within(() => libc.readlink(OWN));
  }

  /**
   * Runs `action` with the calling thread inside the namespace. Only calls of {@link libc} may be made in it: whatever
   * starts a thread there would leave that thread in the namespace for good. A process that cannot come back aborts,
   * for its next change would hit the wrong namespace.
   *
   * @throws NamespaceError "permission" when entering is refused
   */
  within<T>(action: () => T): T {
    using own = Namespace.own();
    this.enter();
    try {
      return action();
    } finally {
      leaveTo(own);
    }
  }

  [Symbol.dispose](): void {
    libc.close(this.fd);
  }

  private enter(): void {
    try {
      libc.setns(this.fd, libc.CLONE_NEWNET);
    } catch (error) {
      throw isDenied(error) ? new NamespaceError(this.path, "permission") : error;
    }
  }
}

/** Whether `path` is the network namespace this process runs in. @throws NamespaceError */
export function isOwnNamespace(path: string): boolean {
  using namespace = Namespace.open(path);
  using own = Namespace.own();
  return namespace.equals(own);
}

/**
 * Writes a file of /proc/sys/net as it is inside a namespace: which one it shows depends on who opens it.
 *
 * @throws NamespaceError, SystemCallError
 */
export function writeSettingIn(namespacePath: string, file: string, value: string): void {
  using namespace = Namespace.open(namespacePath);
  namespace.within(() => writeSetting(file, value));
}

function openDescriptor(path: string): number {
  try {
    // Who opens a FIFO would wait for whoever writes into it.
    return libc.open(path, libc.O_RDONLY | libc.O_NONBLOCK);
  } catch (error) {
    if (error instanceof SystemCallError && NOT_OF_THE_PATH.includes(error.code)) throw error;
    throw new NamespaceError(path, isDenied(error) ? "permission" : "missing");
  }
}

function isNetworkNamespace(fd: number): boolean {
  try {
    return libc.ioctl(fd, libc.NS_GET_NSTYPE) === libc.CLONE_NEWNET;
  } catch {
    return false;
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof SystemCallError && (error.code === "EACCES" || error.code === "EPERM");
}

function leaveTo(own: Namespace): void {
  try {
    libc.setns(own.fd, libc.CLONE_NEWNET);
  } catch (error) {
    process.stderr.write(`cannot leave a network namespace: ${error}\n`);
    process.abort();
  }
}

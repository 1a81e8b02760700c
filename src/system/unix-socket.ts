/** Unix sockets, as far as a process needs them that must not load `node:net`, or wait on an event loop. */
import * as libc from "./libc.ts";
import { timeval } from "./timeval.ts";

/** linux/un.h: the path of a socket ends with a zero within so many bytes. */
const MAX_PATH_BYTES = 108;

/** The process at the other end of a connection, as it was when it connected (unix(7), SO_PEERCRED). */
export interface Peer {
  pid: number;
  uid: number;
  gid: number;
}

/** Whether a path fits into the address of a unix socket; longer ones cannot be bound or connected to. */
export function isSocketPath(path: string): boolean {
  return Buffer.byteLength(path) < MAX_PATH_BYTES;
}

/**
 * Connects to a socket; waits for at most `timeoutMs` while the queue of those who want to connect is full.
 *
 * @param type `libc.SOCK_STREAM` or `libc.SOCK_DGRAM`
 * @param path with `@` before it: a name that is no file
 * @returns the descriptor, which the caller closes
 * @throws SystemCallError "ENOENT", "ECONNREFUSED": nobody listens; "EAGAIN": the time is over
 */
export function connectUnix(type: number, path: string, timeoutMs: number): number {
  const fd = libc.socket(libc.AF_UNIX, type, 0);
  try {
    setTimeouts(fd, timeoutMs);
    libc.connect(fd, addressOf(path));
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** How long each send and receive may take from now on; then they throw "EAGAIN". @throws SystemCallError */
export function setTimeouts(fd: number, timeoutMs: number): void {
  const timeout = timeval(timeoutMs);
  for (const option of [libc.SO_RCVTIMEO, libc.SO_SNDTIMEO]) {
    libc.setsockopt(fd, libc.SOL_SOCKET, option, timeout);
  }
}

/** Who is at the other end. @param fd of a connected unix socket @throws SystemCallError */
export function peerOf(fd: number): Peer {
  const ucred = new Uint32Array(3);
  libc.getsockopt(fd, libc.SOL_SOCKET, libc.SO_PEERCRED, new Uint8Array(ucred.buffer));
  const [pid = 0, uid = 0, gid = 0] = ucred;
  return { pid, uid, gid };
}

/** struct sockaddr_un: the family in two bytes, then the path; an abstract name begins with a zero in place of `@`. */
function addressOf(path: string): Uint8Array {
  const isAbstract = path.startsWith("@");
  const name = new TextEncoder().encode(isAbstract ? path.slice(1) : path);
  const address = new Uint8Array(2 + name.byteLength + 1);
  new DataView(address.buffer).setUint16(0, libc.AF_UNIX, true);
  address.set(name, isAbstract ? 3 : 2);
  return address;
}

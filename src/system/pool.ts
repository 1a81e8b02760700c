/**
 * Calls that wait in the kernel, made by the threads which Bun keeps for file systems: a process that serves many goes
 * on meanwhile. One that serves a single pod has nothing else to do, and leaves the pool closed, for starting threads
 * would cost it more than a millisecond.
 */
import { SystemCallError } from "./errno.ts";
import * as libc from "./libc.ts";

/**
 * Bun makes one for each processor, and a small node has two. Who waits in the kernel for the end of a link keeps none
 * of them busy, and what many wait for at a time takes it no longer than for one.
 */
const THREADS = 16;

let isOpen = false;

/** To be called before anything has used the threads. An operator who has set how many there are is obeyed. */
export function openPool(): void {
  // libuv's name, which Bun reads once (oven-sh/bun#14401), and not in what process.env has been changed to since the start.
  libc.setenv("UV_THREADPOOL_SIZE", String(THREADS), "keep");
  isOpen = true;
}

export function isPoolOpen(): boolean {
  return isOpen;
}

/** Has a thread of the pool write a datagram. The descriptor must stay open until then. @throws SystemCallError */
export function writeInPool(fd: number, bytes: Uint8Array): Promise<void> {
  const { write } = process.getBuiltinModule("node:fs");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  write(fd, bytes, 0, bytes.byteLength, null, (error) => {
    if (error) reject(new SystemCallError("write", Math.abs(error.errno ?? 0)));
    else resolve();
  });
  return promise;
}

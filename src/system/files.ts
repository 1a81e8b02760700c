/**
 * Small files and open streams, through the C library: loading `node:fs` would cost every process of the plugin more
 * than a millisecond.
 */
import { SystemCallError } from "./errno.ts";
import * as libc from "./libc.ts";

const CHUNK_BYTES = 4096;
/** Most configurations fit; each page more would cost its first touch. */
const STREAM_CHUNK_BYTES = 8 * 1024;

/** A text file, such as those of /proc, whose size is not known before. @throws SystemCallError */
export function readText(path: string): string {
  const fd = libc.open(path, libc.O_RDONLY);
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(CHUNK_BYTES);
    let text = "";
    for (let length = libc.read(fd, buffer); length > 0; length = libc.read(fd, buffer)) {
      text += decoder.decode(buffer.subarray(0, length), { stream: true });
    }
    return text;
  } finally {
    libc.close(fd);
  }
}

/** Writes a short text into an existing file in one call, as those of /proc and /sys want it. @throws SystemCallError */
export function writeSetting(path: string, text: string): void {
  const fd = libc.open(path, libc.O_WRONLY);
  try {
    libc.write(fd, new TextEncoder().encode(text));
  } finally {
    libc.close(fd);
  }
}

/** Opens a file whose end is written to; made with `mode` when it is missing. @throws SystemCallError */
export function openForAppending(path: string, mode: number): number {
  return libc.open(path, libc.O_WRONLY | libc.O_APPEND | libc.O_CREAT, mode);
}

/**
 * Opens a file of which only the lock matters; it and its directory are made, for the owner alone, when missing.
 *
 * @throws SystemCallError; where there can be no such directory, the error of `mkdir`, which says what is in its place
 */
export function openLockFile(path: string): number {
  try {
    return openForAppending(path, 0o600);
  } catch (error) {
    if (!(error instanceof SystemCallError && ["ENOENT", "ENOTDIR"].includes(error.code))) throw error;
    const { mkdirSync } = process.getBuiltinModule("node:fs");
    mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return openForAppending(path, 0o600);
  }
}

/** What comes on an open stream until its end. @throws SystemCallError */
export function* readChunks(fd: number): Generator<Uint8Array> {
  for (;;) {
    const buffer = new Uint8Array(STREAM_CHUNK_BYTES);
    const length = insisting(() => libc.read(fd, buffer));
    if (length === 0) return;
    yield buffer.subarray(0, length);
  }
}

/** Writes all of a text; a pipe may take it in parts, and at its reader's pace. @throws SystemCallError */
export function writeAll(fd: number, text: string): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.byteLength > 0) rest = rest.subarray(insisting(() => libc.write(fd, rest)));
}

function insisting(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      Bun.sleepSync(1);
    }
  }
}

/** A signal came, or a pipe that does not block is full or empty. */
function isPassing(error: unknown): boolean {
  return error instanceof SystemCallError && (error.code === "EINTR" || error.code === "EAGAIN");
}

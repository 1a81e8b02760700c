import { openLockFile } from "../system/files.ts";
import { close, tryLock } from "../system/libc.ts";
import { WiringError } from "./errors.ts";

const DEADLINE_MS = 20_000;
/** Longer than anyone holds it in general; dozens of processes asking more often would slow the one that holds it. */
const RETRY_MS = 3;

/**
 * Runs `action` while no other process of this node changes shared devices: bridges, VLAN devices, NICs and what is
 * in them. The kernel frees the lock when its holder dies.
 *
 * @throws WiringError "lock-timeout"
 */
export function withLock<T>(stateDir: string, action: () => T): T {
  const path = `${stateDir}/wiring.lock`;
  const fd = openLockFile(path);
  try {
    acquire(fd, path);
    return action();
  } finally {
    close(fd);
  }
}

/**
 * Runs `action`, which may wait, while nobody else does under a lock of that name: no other process, and no other task
 * of this one, for the lock belongs to the open file. Within it {@link withLock} may be used, but not the other way
 * round.
 *
 * @throws WiringError "lock-timeout"; the signal's reason
 */
export async function whileLocked<T>(
  stateDir: string,
  name: string,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  const path = `${stateDir}/${name}.lock`;
  const fd = openLockFile(path);
  try {
    const until = performance.now() + DEADLINE_MS;
    while (!tryLock(fd)) {
      signal.throwIfAborted();
      if (performance.now() > until) throw heldTooLong(path);
      await Bun.sleep(RETRY_MS);
    }
    return await action();
  } finally {
    close(fd);
  }
}

function acquire(fd: number, path: string): void {
  const until = performance.now() + DEADLINE_MS;
  while (!tryLock(fd)) {
    if (performance.now() > until) throw heldTooLong(path);
    Bun.sleepSync(RETRY_MS);
  }
}

function heldTooLong(path: string): WiringError {
  const message = `${path} was held by another process for ${DEADLINE_MS / 1000} s; see who with: fuser ${path}`;
  return new WiringError("lock-timeout", message);
}

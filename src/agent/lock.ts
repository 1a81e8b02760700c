import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../log.ts";
import { openLockFile } from "../system/files.ts";
import { close, tryLock } from "../system/libc.ts";

/** The agent cannot be what it is to be on this node; the message says what is in the way. */
export class AgentError extends Error {
  override readonly name = "AgentError";
}

/** An agent that is being replaced has so long to end: more than it gives its own calls. */
const WAIT_MS = 30_000;
const RETRY_MS = 25;

/**
 * Makes this process the one agent of a store; waits while another one ends. The kernel frees the lock when its holder
 * dies.
 *
 * @returns what frees it
 * @throws {AgentError} when the other one does not end; the signal's reason
 */
export async function becomeTheAgent(
  stateDir: string,
  log: Logger,
  signal: AbortSignal,
): Promise<() => void> {
  const path = `${stateDir}/agent.lock`;
  const fd = openLockFile(path);
  try {
    const until = performance.now() + WAIT_MS;
    for (let first = true; !tryLock(fd); first = false) {
      if (first) log.info("waiting for another agent of this node to end", { lock: path });
      if (performance.now() > until) throw stillThere(path);
      await sleep(RETRY_MS, undefined, { signal });
    }
    return () => close(fd);
  } catch (error) {
    close(fd);
    throw error;
  }
}

function stillThere(path: string): AgentError {
  return new AgentError(
    `another agent runs on this node and did not end within ${WAIT_MS / 1000} s: it holds ${path}; ` +
      `see which with: fuser ${path}`,
  );
}

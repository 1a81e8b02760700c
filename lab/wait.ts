/** Waiting for something another process does, with a deadline. */

export class WaitTimeoutError extends Error {
  override readonly name = "WaitTimeoutError";
}

export interface WaitOptions {
  /** Milliseconds until giving up; default 60,000. */
  readonly timeout?: number;
  /** Milliseconds between two looks; default 50. */
  readonly interval?: number;
}

/**
 * Looks until `probe` answers something other than `undefined` or `false`, and answers that.
 * What the last look threw is in the error's `cause`.
 *
 * @throws WaitTimeoutError naming `what`
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  options: WaitOptions = {},
): Promise<T> {
  const timeout = options.timeout ?? 60_000;
  const until = performance.now() + timeout;
  for (;;) {
    let cause: unknown;
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      if (error instanceof StopWaiting) throw error.reason;
      cause = error;
    }
    if (performance.now() >= until) throw new WaitTimeoutError(`no ${what} after ${timeout} ms`, { cause });
    await Bun.sleep(options.interval ?? 50);
  }
}

/** Thrown by a probe that knows it will never succeed. */
export class StopWaiting extends Error {
  readonly reason: Error;

  constructor(reason: Error) {
    super(reason.message);
    this.reason = reason;
  }
}

/** Whether a TCP server accepts connections, seen from this process's network namespace. */
export async function accepts(hostname: string, port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname, port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

/** Whether a GET of `url` is answered with anything below 500. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status < 500;
  } catch {
    return false;
  }
}

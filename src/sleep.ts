/**
 * Waits.
 *
 * @param ms milliseconds
 * @returns false when `signal` ended the wait, or had ended before it; it does not throw
 */
export function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(true), ms);
    const onAbort = () => settle(false);
    const settle = (waited: boolean) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(waited);
    };
    signal.addEventListener("abort", onAbort);
  });
}

/** Ctrl-C and its like, heard from now on: a second one does not end the clean-up of the first. */

/** What a shell shows for a process that a signal ended: 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Of a process that writes where nobody reads any more. */
const brokenPipe = 141;

export interface Interruption {
  /** Aborted by the first signal, or when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** What to exit with; nothing as long as none of this happened. */
  readonly exitCode: number | undefined;
}

export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const stop = (code: number) => {
    exitCode ??= code;
    controller.abort();
  };
  for (const [name, code] of Object.entries(exitCodes)) process.on(name, () => stop(code));
  // A pager that was left, or a terminal that was closed.
  process.stdout.on("error", () => stop(brokenPipe));
  process.stderr.on("error", () => undefined);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}

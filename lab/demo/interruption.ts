/** Ctrl-C and its like, heard from now on: a second one does not end the clean-up of the first. */

/** What a shell shows for a process that a signal ended: 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** What to exit with; nothing as long as no signal came. */
  readonly exitCode: number | undefined;
}

export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let exitCode: number | undefined;
  for (const [name, code] of Object.entries(exitCodes)) {
    process.on(name, () => {
      exitCode ??= code;
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
  };
}

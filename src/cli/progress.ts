import type { Terminal } from "./terminal.ts";

const INTERVAL_MS = 200;
const BACK_AND_CLEAR = "\r\u001b[K";

/** Keeps one line on standard error up to date while a person is watching; it is gone when this is disposed of. */
export function showProgress(terminal: Terminal, line: () => string): Disposable {
  if (!terminal.watched) return { [Symbol.dispose]() {} };
  const show = () => terminal.err(`${BACK_AND_CLEAR}${line()}`);
  show();
  const timer = setInterval(show, INTERVAL_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      terminal.err(BACK_AND_CLEAR);
    },
  };
}

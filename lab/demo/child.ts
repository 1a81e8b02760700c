/** The demo's work is done by children in sessions of their own: Ctrl-C at a terminal reaches the demo alone. */
import { processes, processStat, signal } from "../proc.ts";
import { waitFor } from "../wait.ts";

export interface ChildOptions {
  readonly env?: Record<string, string>;
  /** Told every line of the child's standard error; without it the child writes to this process's output. */
  readonly onLine?: (line: string) => void;
  /** Ends the child when aborted. */
  readonly interrupt?: AbortSignal;
  /** How it is ended: killed, or asked with SIGINT, and then its whole session is waited for. Default: killed. */
  readonly ending?: "kill" | "ask";
}

export class ChildFailure extends Error {
  override readonly name = "ChildFailure";
}

/** Milliseconds for a session to end that was asked to: apt finishes what it unpacks. */
const ASKED_TO_END = 300_000;

/**
 * Runs a command to its end.
 *
 * @throws ChildFailure with what it said when it does not exit with 0
 */
export async function runChild(argv: readonly string[], options: ChildOptions = {}): Promise<void> {
  const { onLine, interrupt } = options;
  interrupt?.throwIfAborted();
  const child = Bun.spawn([...argv], {
    detached: true,
    env: { ...Bun.env, ...options.env },
    stdin: "ignore",
    stdout: onLine ? "ignore" : "inherit",
    stderr: onLine ? "pipe" : "inherit",
  });
  const ask = options.ending === "ask";
  const end = () => signalSession(child.pid, ask ? "SIGINT" : "SIGKILL");
  interrupt?.addEventListener("abort", end);
  try {
    const said = onLine && child.stderr ? await relayLines(child.stderr, onLine) : [];
    const status = await child.exited;
    if (interrupt?.aborted && ask) await sessionEnded(child.pid);
    if (status !== 0) throw new ChildFailure(said.join("\n") || `exit ${status}`);
  } finally {
    interrupt?.removeEventListener("abort", end);
  }
}

function members(session: number): number[] {
  return processes().filter((pid) => processStat(pid)?.session === session);
}

function signalSession(session: number, name: NodeJS.Signals): void {
  for (const pid of members(session)) signal(pid, name);
}

async function sessionEnded(session: number): Promise<void> {
  await waitFor("end of what was interrupted", () => members(session).length === 0, {
    timeout: ASKED_TO_END,
  });
}

/** Hands on every line, and answers them all. */
async function relayLines(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<string[]> {
  const lines: string[] = [];
  let rest = "";
  const take = (line: string) => {
    lines.push(line);
    onLine(line);
  };
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    const parts = `${rest}${chunk}`.split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) take(line);
  }
  if (rest !== "") take(rest);
  return lines;
}

/**
 * Server processes that outlive the one who starts them: each leads its own session, writes to a log file, and is known
 * by a file with its pid and start time, so that a pid used again by somebody else is never signalled.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { labFolderVariable } from "./layout.ts";
import { ancestry, processEnvironment, processes, processStat, signal } from "./proc.ts";
import { StopWaiting, waitFor } from "./wait.ts";

export interface ServerSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly pidFile: string;
  readonly logFile: string;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** Whether it serves; asked again and again until it does. */
  readonly ready: () => boolean | Promise<boolean>;
  /** Milliseconds it may take until it serves; default 120,000. */
  readonly timeout?: number;
}

/** A server that ended, or did not come up in time, with the end of its log. */
export class ServerError extends Error {
  override readonly name = "ServerError";
}

/** Starts a server unless it runs already, and waits until it is ready. */
export async function startServer(spec: ServerSpec): Promise<void> {
  if (!serverRuns(spec.pidFile)) await spawnServer(spec);
  await waitUntilReady(spec);
}

/** The process a pid file names, if it is alive (a zombie is not). */
export function serverPid(pidFile: string): number | undefined {
  return runningPid(pidFile);
}

/** Whether the process a pid file names is alive. */
export function serverRuns(pidFile: string): boolean {
  return runningPid(pidFile) !== undefined;
}

/**
 * Ends a server and everything in its session: asks with TERM, and after `grace` milliseconds (default 10,000) kills.
 * A grace of 0 kills at once. Nothing happens when it does not run.
 */
export async function stopServer(pidFile: string, grace = 10_000): Promise<void> {
  const pid = recordedPid(pidFile);
  if (pid === undefined) return;
  const members = () =>
    processes().filter((member) => member === pid || processStat(member)?.session === pid);
  if (grace > 0) {
    signal(pid, "SIGTERM");
    await waitFor("end", () => !serverRuns(pidFile), { timeout: grace }).catch(() => undefined);
  }
  await killAll(members);
  rmSync(pidFile, { force: true });
}

/** Sends a signal to a server's first process, if it runs: SIGSTOP makes it hang, SIGCONT has it go on. */
export function signalServer(pidFile: string, name: NodeJS.Signals): void {
  const pid = runningPid(pidFile);
  if (pid !== undefined) signal(pid, name);
}

/**
 * Kills every process of the lab in folder `dir`: the sessions of its servers, and whoever carries the folder in its
 * environment, except this process and its ancestors.
 */
export async function killLabProcesses(dir: string): Promise<void> {
  const run = join(dir, "run");
  const pidFiles = existsSync(run) ? readdirSync(run).filter((name) => name.endsWith(".pid")) : [];
  await Promise.all(pidFiles.map((name) => stopServer(join(run, name), 0)));
  const spared = ancestry(process.pid);
  const mark = `${labFolderVariable}=${dir}`;
  await killAll(() =>
    processes().filter((pid) => !spared.has(pid) && processEnvironment(pid).includes(mark)),
  );
}

async function spawnServer(spec: ServerSpec): Promise<void> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  mkdirSync(dirname(spec.pidFile), { recursive: true });
  const log = openSync(spec.logFile, "a");
  try {
    const child = Bun.spawn([...spec.argv], {
      detached: true,
      env: { ...Bun.env, ...spec.env },
      stdin: "ignore",
      stdout: log,
      stderr: log,
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    });
    child.unref();
    await Bun.write(spec.pidFile, `${child.pid} ${processStat(child.pid)?.startTime ?? ""}\n`);
  } finally {
    closeSync(log);
  }
}

async function waitUntilReady(spec: ServerSpec): Promise<void> {
  const probe = async () => {
    if (!serverRuns(spec.pidFile))
      throw new StopWaiting(new ServerError(`${spec.name} ended:\n${logTail(spec.logFile)}`));
    return spec.ready();
  };
  await waitFor(spec.name, probe, { timeout: spec.timeout ?? 120_000 }).catch((error: unknown) => {
    if (error instanceof ServerError) throw error;
    throw new ServerError(`${spec.name} is not ready; its log ends:\n${logTail(spec.logFile)}`, {
      cause: error,
    });
  });
}

/** The last lines of a log file. */
export function logTail(path: string, lines = 20): string {
  if (!existsSync(path)) return `(no ${path})`;
  return readFileSync(path, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}

function recordedPid(pidFile: string): number | undefined {
  if (!existsSync(pidFile)) return undefined;
  const [pid, startTime] = readFileSync(pidFile, "utf8").trim().split(" ");
  const stat = processStat(Number(pid));
  // Gone: what is left of its session may still run. Another process: the session is gone, for its number was free.
  return stat === undefined || stat.startTime === startTime ? Number(pid) : undefined;
}

function runningPid(pidFile: string): number | undefined {
  const pid = recordedPid(pidFile);
  return pid !== undefined && processStat(pid) !== undefined ? pid : undefined;
}

async function killAll(members: () => number[]): Promise<void> {
  const gone = () => {
    const left = members().filter((pid) => processStat(pid) !== undefined);
    for (const pid of left) signal(pid, "SIGKILL");
    return left.length === 0;
  };
  await waitFor("end of killed processes", gone, { timeout: 10_000, interval: 10 });
}

/** One call of a CNI plugin: environment and standard input in, an answer or a crash out. */
export type Verb = "ADD" | "DEL" | "CHECK" | "STATUS" | "GC" | "VERSION";

/** A plugin's error as it is printed on standard output. */
export interface PluginErrorBody {
  readonly cniVersion?: string;
  readonly code: number;
  readonly msg: string;
  readonly details?: string;
}

interface Ending {
  readonly verb: Verb;
  readonly ms: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a call ended: with what the verb answers, with a CNI error, or without an answer a runtime understands. */
export type Outcome = Ending &
  (
    | { readonly kind: "success"; readonly result: Record<string, unknown> | undefined }
    | { readonly kind: "error"; readonly error: PluginErrorBody }
    | { readonly kind: "crash"; readonly reason: string }
  );

export interface PluginCall {
  /** The command line: the plugin's path, and before it what enters the node's network namespace. */
  readonly argv: readonly string[];
  readonly verb: Verb;
  /** The `CNI_*` variables but CNI_COMMAND. */
  readonly environment: Record<string, string>;
  readonly config: object;
  readonly kill?: KillOptions | undefined;
}

export interface KillOptions {
  /** Milliseconds after which the plugin is killed; default 150,000. */
  readonly after?: number;
  /** Default SIGKILL, as containerd does. */
  readonly signal?: NodeJS.Signals;
}

/** Runs the plugin and answers however it ended. */
export async function callPlugin(call: PluginCall): Promise<Outcome> {
  const began = performance.now();
  const child = Bun.spawn([...call.argv], {
    env: { ...Bun.env, ...call.environment, CNI_COMMAND: call.verb },
    stdin: new TextEncoder().encode(JSON.stringify(call.config)),
    stdout: "pipe",
    stderr: "pipe",
    timeout: call.kill?.after ?? 150_000,
    killSignal: call.kill?.signal ?? "SIGKILL",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const signal = child.signalCode?.toString() ?? null;
  const ending = {
    verb: call.verb,
    ms: performance.now() - began,
    exitCode: child.exitCode,
    signal,
    stdout,
    stderr,
  };
  return { ...ending, ...judge(ending) };
}

function judge(ending: Ending) {
  if (ending.signal) return { kind: "crash", reason: `killed by ${ending.signal}` } as const;
  const answer = parse(ending.stdout);
  if (ending.exitCode === 0) {
    if (answer === "malformed")
      return { kind: "crash", reason: "exit 0 with something other than JSON" } as const;
    return { kind: "success", result: answer } as const;
  }
  if (answer === "malformed" || typeof answer?.code !== "number") {
    return { kind: "crash", reason: `exit ${ending.exitCode} without a CNI error` } as const;
  }
  return { kind: "error", error: answer as unknown as PluginErrorBody } as const;
}

function parse(text: string): Record<string, unknown> | undefined | "malformed" {
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : "malformed";
  } catch {
    return "malformed";
  }
}

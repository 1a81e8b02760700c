/** Running short commands: with a deadline, and an error that shows what the command said. */

export interface CommandOptions {
  readonly env?: Record<string, string | undefined>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Milliseconds until the command is killed; default 30,000. */
  readonly timeout?: number;
}

export interface CommandOutput {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly output: CommandOutput;

  constructor(argv: readonly string[], output: CommandOutput) {
    const end = output.signal ? `killed by ${output.signal}` : `exit ${output.exitCode}`;
    super(`${argv.join(" ")}: ${end}\n${(output.stderr || output.stdout).trim()}`);
    this.output = output;
  }
}

/** Runs a command and answers however it ended. */
export async function attempt(argv: readonly string[], options: CommandOptions = {}): Promise<CommandOutput> {
  const child = Bun.spawn([...argv], {
    env: options.env ?? Bun.env,
    stdin: options.stdin === undefined ? "ignore" : new TextEncoder().encode(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
    timeout: options.timeout ?? 30_000,
    killSignal: "SIGKILL",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode: child.exitCode, signal: child.signalCode?.toString() ?? null, stdout, stderr };
}

/**
 * Runs a command and answers its standard output.
 *
 * @throws CommandError when it does not exit with 0
 */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const output = await attempt(argv, options);
  if (output.exitCode !== 0) throw new CommandError(argv, output);
  return output.stdout;
}

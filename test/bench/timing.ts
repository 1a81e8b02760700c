/** Measuring work and processes by the wall clock. */

export interface Timed<T> {
  /** Milliseconds. */
  readonly ms: number;
  readonly value: T;
}

export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}

/**
 * Runs a process with nothing around it, neither shell nor `nsenter`: from before it is made until it has ended and
 * its answer was read.
 *
 * @returns the JSON on its standard output, if any
 * @throws Error with its output when it does not exit with 0: there is no figure for a failure
 */
export async function runOnce(
  argv: string[],
  environment: Record<string, string>,
  input: string,
): Promise<Timed<unknown>> {
  const stdin = new TextEncoder().encode(input);
  const { ms, value } = await timed(async () => {
    const child = Bun.spawn(argv, { env: environment, stdin, stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { stdout, stderr, status };
  });
  const { stdout, stderr, status } = value;
  if (status !== 0) throw new Error(`${argv.join(" ")} failed (${status}):\n${stdout}${stderr}`);
  return { ms, value: stdout.trim() === "" ? undefined : JSON.parse(stdout) };
}

/** Measuring work and processes by the wall clock. */
import { netnsPath } from "../../lab/layout.ts";
import { Namespace } from "../../src/netlink/namespace.ts";

export interface Timed<T> {
  /** Milliseconds. */
  readonly ms: number;
  readonly value: T;
}

/** What a process is given. */
export interface Surroundings {
  /** Name of the network namespace that it runs in. */
  readonly namespace: string;
  readonly environment: Record<string, string>;
  /** On its standard input. */
  readonly input: string;
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
  { namespace, environment, input }: Surroundings,
): Promise<Timed<unknown>> {
  const stdin = new TextEncoder().encode(input);
  using there = Namespace.open(netnsPath(namespace));
  const { ms, value } = await timed(async () => {
    // A process begins in the namespace of the thread that makes it.
    const child = there.within(() =>
      Bun.spawn(argv, { env: environment, stdin, stdout: "pipe", stderr: "pipe" }),
    );
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

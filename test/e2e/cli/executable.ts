import { existsSync } from "node:fs";
import { join } from "node:path";

const EXECUTABLE = join(import.meta.dir, "../../../dist/skynet");

export interface Outcome {
  exitCode: number;
  output: string;
  errors: string;
}

/** Runs the built executable with nothing in its environment but `env`. */
export async function skynet(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  if (!existsSync(EXECUTABLE)) throw new Error(`${EXECUTABLE} is missing: run "make build" first`);
  const child = Bun.spawn([EXECUTABLE, ...args], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [exitCode, output, errors] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode, output, errors };
}

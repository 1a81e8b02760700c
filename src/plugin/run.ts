import { readBounded } from "../cni/stdin.ts";
import { readChunks, writeAll } from "../system/files.ts";
import { exitAtOnce } from "../system/libc.ts";
import { forward } from "./forward.ts";

/**
 * Serves one call of a container runtime and ends the process: by the node's agent, or by doing the whole job. What
 * that takes is loaded only then.
 */
export async function runPlugin(): Promise<never> {
  const stdin = readStdin();
  const exitCode = stdin instanceof Error ? await here(() => thrown(stdin)) : await serve(stdin);
  // The store is not closed: the last to close it would write its log back, and wait for the disk four times.
  return exitAtOnce(exitCode);
}

async function serve(stdin: string): Promise<number> {
  const forwarded = forward(process.env, stdin, performance.timeOrigin);
  if (forwarded === "here") return here(() => stdin);
  if ("output" in forwarded) {
    writeAll(1, forwarded.output);
    return forwarded.exitCode;
  }
  const { refusalText } = await import("./here.ts");
  writeAll(1, refusalText(stdin, forwarded.refusal, forwarded.details));
  return 1;
}

async function here(stdin: () => string): Promise<number> {
  const { serveHere } = await import("./here.ts");
  return serveHere(stdin);
}

/** Standard input, or why it cannot be read: who serves the call says so. */
function readStdin(): string | Error {
  try {
    return readBounded(readChunks(0));
  } catch (error) {
    return error as Error;
  }
}

function thrown(error: Error): never {
  throw error;
}

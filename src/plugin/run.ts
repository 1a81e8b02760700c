import { dispatch } from "../cni/dispatch.ts";
import { CniCode, CniError, messageOf } from "../cni/errors.ts";
import { readBounded } from "../cni/stdin.ts";
import { readChunks, writeAll } from "../system/files.ts";
import { exitAtOnce } from "../system/libc.ts";

/**
 * Serves one call of a container runtime in this process and ends it. What a verb does not need is not
 * loaded: VERSION touches neither kernel nor store.
 */
export async function runPlugin(): Promise<never> {
  const verb = process.env.CNI_COMMAND;
  const sameNetns = verb === "VERSION" || verb === "STATUS" || verb === "GC" ? unused : await loadSameNetns();
  let toCniError = plainError;
  const status = await dispatch(
    {
      env: process.env,
      readStdin: async () => readBounded(readChunks(0)),
      writeStdout: (text) => writeAll(1, text),
      sameNetns,
    },
    async () => {
      const { handlers, failure } = await import("./direct.ts");
      toCniError = failure;
      return handlers;
    },
    (error) => toCniError(error),
  );
  // The store is not closed: the last to close it would write its log back, and wait for the disk four times.
  return exitAtOnce(status);
}

function unused(path: string): boolean {
  throw new Error(`this verb has no namespace, and was asked for ${path}`);
}

async function loadSameNetns(): Promise<(path: string) => boolean> {
  const { isOwnNamespace } = await import("../netlink/namespace.ts");
  return isOwnNamespace;
}

/** Until the handlers are loaded there is nothing but the contract itself that can fail. */
function plainError(error: unknown): CniError {
  return error instanceof CniError ? error : new CniError(CniCode.internal, messageOf(error));
}

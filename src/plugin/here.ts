import { dispatch } from "../cni/dispatch.ts";
import { CniCode, CniError, messageOf } from "../cni/errors.ts";
import { writeAll } from "../system/files.ts";

export { refusalText } from "./refuse.ts";

/**
 * Serves one call of a container runtime in this process. What a verb does not need is not loaded: VERSION touches
 * neither kernel nor store.
 *
 * @param readStdin throws when standard input could not be read
 * @returns the exit code
 */
export async function serveHere(readStdin: () => string): Promise<number> {
  const verb = process.env.CNI_COMMAND;
  const sameNetns = verb === "VERSION" || verb === "STATUS" || verb === "GC" ? unused : await loadSameNetns();
  let toCniError = plainError;
  return dispatch(
    {
      env: process.env,
      readStdin: async () => readStdin(),
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

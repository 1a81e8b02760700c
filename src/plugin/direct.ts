import type { World } from "../attachment/world.ts";
import type { CniRequest } from "../cni/request.ts";
import { loadConfig } from "../config/load.ts";
import { Deadline } from "../deadline.ts";
import { createLogger } from "../log.ts";
import { failure, handlersIn } from "../verbs/handlers.ts";
import { openWorld } from "../verbs/world.ts";

export { failure };

/** The verbs of a plugin without an agent: the whole job in one short process. */
export const handlers = handlersIn(inThisProcess);

/** Runs one verb with everything it needs, under its deadline; a signal from the runtime ends it in good order. */
async function inThisProcess<T>(
  request: CniRequest,
  verb: "add" | "del" | "check" | "gc",
  work: (world: World) => Promise<T>,
): Promise<T> {
  const { config, warnings } = loadConfig(request.config);
  const log = createLogger({ level: config.log_level, file: config.log_file }).child({
    verb: request.command,
    ...(request.containerId === "" ? {} : { container: request.containerId.slice(0, 13) }),
  });
  for (const warning of warnings) log.warn(warning);
  using deadline = new Deadline(request.command, config.deadlines[verb]);
  const stop = (signal: NodeJS.Signals) => deadline.cancel(`${request.command} was ended by ${signal}`);
  process.once("SIGTERM", stop).once("SIGINT", stop);
  // Awaited here: the deadline must not be disposed of before the work is done.
  return await work(await openWorld(config, log, deadline));
}

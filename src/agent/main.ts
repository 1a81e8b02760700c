import { messageOf } from "../cni/errors.ts";
import { loadConfig } from "../config/load.ts";
import type { JsonObject } from "../config/object.ts";
import { createLogger } from "../log.ts";
import { VERSION } from "../version.ts";
import { startAgent } from "./agent.ts";
import { compose } from "./compose.ts";

/**
 * The node's agent, from its start to its end.
 *
 * @param file the network configuration and where it is from
 * @param ended ends it, also while it starts
 * @throws what keeps it from starting
 */
export async function runAgent(
  file: { path: string; config: JsonObject },
  ended: AbortSignal,
): Promise<void> {
  const { log_level: level, log_file } = loadConfig(file.config).config;
  const log = createLogger({ level, file: log_file }).child({ agent: process.pid });
  log.info("the agent starts", { version: VERSION, config: file.path });
  try {
    const agent = await startAgent({ config: file.config, log, signal: ended, compose });
    await aborted(ended);
    await agent.stop(`it got ${ended.reason}`);
  } catch (error) {
    if (!ended.aborted) log.error("the agent ends", { error: messageOf(error) });
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

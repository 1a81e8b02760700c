/**
 * An agent that does not become ready while a file is there: `held-agent.ts --config FILE`, the file in
 * `SKYNET_TEST_HOLD`.
 */
import { existsSync } from "node:fs";
import { startAgent } from "../../../src/agent/agent.ts";
import { readNetworkFile } from "../../../src/cli/network-file.ts";
import { createLogger } from "../../../src/log.ts";

const [, path = ""] = process.argv.slice(2);
const hold = process.env.SKYNET_TEST_HOLD ?? "";
const ended = new AbortController();
process.on("SIGTERM", () => ended.abort("SIGTERM"));

const held = {
  name: "what is held",
  async start(signal: AbortSignal) {
    while (existsSync(hold)) {
      signal.throwIfAborted();
      await Bun.sleep(10);
    }
  },
  async stop() {},
};

const agent = await startAgent({
  config: readNetworkFile(path).config,
  log: createLogger(),
  signal: ended.signal,
  compose: () => ({ parts: [held] }),
}).catch(() => process.exit(0));
ended.signal.addEventListener("abort", () => void agent.stop("it got SIGTERM").then(() => process.exit(0)));

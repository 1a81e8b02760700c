/** `skynet release`: deletes the ports that wait on this node for pods, for a node that is to go. */
import { releaseHotPorts } from "../attachment/collect.ts";
import { messageOf } from "../cni/errors.ts";
import { Deadline } from "../deadline.ts";
import { createLogger } from "../log.ts";
import { openForAppending } from "../system/files.ts";
import { close, tryLock } from "../system/libc.ts";
import { openWorld } from "../verbs/world.ts";
import { askAgent } from "./ask-agent.ts";
import { CliError } from "./errors.ts";
import { showProgress } from "./progress.ts";
import { configOf } from "./store.ts";
import { printJson, type Terminal } from "./terminal.ts";

/** @returns the exit code: 1 when some are left */
export async function release(
  terminal: Terminal,
  options: { config?: string; json?: boolean },
): Promise<number> {
  const config = configOf(options.config);
  const agent = await askAgent(config.agent.socket);
  if ("state" in agent) {
    throw new CliError(
      `the agent (process ${agent.state.pid}) would make new ones: stop it first, or set agent.hot_ports_max to 0 and restart it`,
    );
  }
  using deadline = new Deadline("releasing ports", config.deadlines.gc);
  process.once("SIGINT", () => deadline.cancel("releasing ports was interrupted"));
  const log = createLogger({ level: config.log_level, file: config.log_file, sink: () => {} });
  const world = await openWorld(config, log.child({ command: "release" }), deadline);
  try {
    using _noAgent = lockOutAgents(config.state_dir);
    const total = world.store.hotPorts.list().length;
    using _progress = showProgress(
      terminal,
      () => `${total - world.store.hotPorts.list().length} of ${total} ports released`,
    );
    const { released, failures } = await releaseHotPorts(world, config.name);
    if (options.json) {
      printJson(terminal, { network: config.name, released, failures: failures.map(messageOf) });
    } else {
      terminal.out(`network "${config.name}": ${released} ports released\n`);
      for (const failure of failures) terminal.err(`skynet: ${messageOf(failure)}\n`);
    }
    return failures.length === 0 ? 0 : 1;
  } finally {
    world.store.close();
  }
}

/**
 * Keeps agents from beginning to hand out what is being released (agent/lock.ts).
 *
 * @throws {CliError} when one runs that did not answer, or has not ended yet
 */
function lockOutAgents(stateDir: string): Disposable {
  const path = `${stateDir}/agent.lock`;
  const fd = openForAppending(path, 0o600);
  if (tryLock(fd)) return { [Symbol.dispose]: () => close(fd) };
  close(fd);
  throw new CliError(
    `an agent of this node still runs: it holds ${path}, see which with: fuser ${path}; stop it first`,
  );
}

/** `skynet journal drain`: finishes the pending deletes now, without waiting for their time. */
import { drainJournal } from "../attachment/drain.ts";
import type { World } from "../attachment/world.ts";
import type { Config } from "../config/load.ts";
import { Deadline } from "../deadline.ts";
import { createLogger } from "../log.ts";
import type { PendingDelete } from "../state/index.ts";
import { openWorld } from "../verbs/world.ts";
import { entryToJson, printEntries } from "./journal.ts";
import { showProgress } from "./progress.ts";
import { configOf, lookIntoStore } from "./store.ts";
import { printJson, type Terminal } from "./terminal.ts";

interface Outcome {
  network: string;
  deleted: number;
  left: PendingDelete[];
  /** Entries of other networks of this node: their Neutron may be another one. */
  others: PendingDelete[];
}

/** @returns the exit code: 1 when deletes of this network are left */
export async function drain(
  terminal: Terminal,
  options: { config?: string; json?: boolean },
): Promise<number> {
  const config = configOf(options.config);
  const pending = lookIntoStore(config.state_dir, [], (store) => store.journal.list());
  const own = pending.filter(({ network }) => network === config.name);
  const others = pending.filter(({ network }) => network !== config.name);
  const outcome =
    own.length === 0
      ? { network: config.name, deleted: 0, left: [], others }
      : { ...(await finish(terminal, config, own.length)), others };
  if (options.json) printJson(terminal, toJson(outcome));
  else say(terminal, outcome);
  return outcome.left.length === 0 ? 0 : 1;
}

async function finish(terminal: Terminal, config: Config, total: number): Promise<Omit<Outcome, "others">> {
  using deadline = new Deadline("draining the journal", config.deadlines.gc);
  process.once("SIGINT", () => deadline.cancel("draining the journal was interrupted"));
  const log = createLogger({ level: config.log_level, file: config.log_file, sink: () => {} });
  const world = await openWorld(config, log.child({ command: "journal drain" }), deadline);
  try {
    return await finishIn(terminal, world, total);
  } finally {
    world.store.close();
  }
}

async function finishIn(terminal: Terminal, world: World, total: number): Promise<Omit<Outcome, "others">> {
  const network = world.config.name;
  const left = () => world.store.journal.list(network);
  using _progress = showProgress(terminal, () => `${total - left().length} of ${total} deletes done`);
  const { done } = await drainJournal(world, network, world.deadline.signal, true);
  return { network, deleted: done, left: left() };
}

function say(terminal: Terminal, { network, deleted, left, others }: Outcome): void {
  if (deleted + left.length === 0) terminal.out(`no delete is pending for the network "${network}"\n`);
  else terminal.out(`network "${network}": ${deleted} deleted, ${left.length} left\n`);
  if (left.length > 0) printEntries(terminal, left);
  if (others.length === 0) return;
  const names = [...new Set(others.map((entry) => entry.network))].join(", ");
  terminal.err(
    `${others.length} more are pending for other networks (${names}): drain them with their files\n`,
  );
}

function toJson({ network, deleted, left, others }: Outcome): Record<string, unknown> {
  return { network, deleted, left: left.map(entryToJson), otherNetworks: others.map(entryToJson) };
}

/** `skynet status`: what the node's agent is at, or, while there is none, what it has left in the store. */
import type { Config } from "../config/load.ts";
import { type AskedAgent, askAgent } from "./ask-agent.ts";
import { hotPortLines, type Line, type StoreState, stateLines, storeLines } from "./status-lines.ts";
import { problemsOf } from "./status-problems.ts";
import { configOf, lookIntoStore } from "./store.ts";
import { printJson, printTable, type Terminal } from "./terminal.ts";

/** @returns the exit code: 1 when something needs attention, which is said last */
export async function status(
  terminal: Terminal,
  options: { config?: string; json?: boolean },
): Promise<number> {
  const config = configOf(options.config);
  const agent = await askAgent(config.agent.socket);
  const store = readStore(config);
  const problems = problemsOf(config, agent, store);
  if (options.json) printJson(terminal, toJson(agent, store, problems));
  else show(terminal, agent, store, problems);
  return problems.length === 0 ? 0 : 1;
}

function readStore(config: Config): StoreState {
  const nothing = { attachments: [], hotPorts: [], journal: [] };
  return lookIntoStore(config.state_dir, nothing, (store) => ({
    attachments: store.attachments.list(),
    hotPorts: store.hotPorts.list(),
    journal: store.journal.list(),
  }));
}

function show(terminal: Terminal, agent: AskedAgent, store: StoreState, problems: readonly string[]): void {
  const lines = "state" in agent ? stateLines(agent.state, agent.notReady) : storeLines(agent.absent, store);
  const width = Math.max(...lines.map(([title]) => title.length));
  for (const [title, text] of lines) terminal.out(`${titled(terminal, title, width)}  ${text}\n`);
  if ("state" in agent && agent.state.hotPorts.length > 0) {
    terminal.out("\n");
    printTable(terminal, hotPortLines(agent.state.hotPorts));
  }
  if (problems.length > 0) terminal.out(`\n${problems.map((problem) => `! ${problem}\n`).join("")}`);
}

function titled({ colour }: Terminal, title: Line[0], width: number): string {
  const padded = title.padEnd(width);
  return colour ? `\u001b[1m${padded}\u001b[0m` : padded;
}

function toJson(agent: AskedAgent, store: StoreState, problems: readonly string[]): Record<string, unknown> {
  const isThere = "state" in agent;
  return {
    agent: isThere
      ? { ready: agent.notReady === undefined, reason: agent.notReady }
      : { absent: agent.absent },
    state: isThere ? agent.state : undefined,
    store: {
      attachments: store.attachments.length,
      hotPorts: store.hotPorts.length,
      journal: store.journal.length,
    },
    problems,
  };
}

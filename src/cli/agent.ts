/** `skynet agent`: the node's daemon, for systemd or a DaemonSet to run. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../cni/errors.ts";
import { createLogger } from "../log.ts";
import { openPool } from "../system/pool.ts";
import { CliError } from "./errors.ts";
import { findNetworkFile, type NetworkFile, readNetworkFile } from "./network-file.ts";
import type { Terminal } from "./terminal.ts";

const LOOK_AGAIN_MS = 1_000;

/** Runs the agent until it is told to end, and ends the process: what it has still open holds nothing up. */
export async function agent(terminal: Terminal, path: string | undefined): Promise<never> {
  // Undoes the build's thrift: a process that stays has its code compiled as usual.
  Bun.unsafe.setJITPolicy(1);
  openPool();
  const ending = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => ending.abort(signal));
  try {
    const file = await awaitNetworkFile(path, ending.signal);
    const { runAgent } = await import("../agent/main.ts");
    await runAgent(file, ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) {
      terminal.err(`skynet: ${messageOf(error)}\n`);
      process.exit(1);
    }
  }
  process.exit(0);
}

/** A node's configuration may come after its agent: another DaemonSet, or a person, puts it there. */
async function awaitNetworkFile(path: string | undefined, signal: AbortSignal): Promise<NetworkFile> {
  for (let first = true; ; first = false) {
    try {
      return path === undefined ? findNetworkFile() : readNetworkFile(path);
    } catch (error) {
      if (!(error instanceof CliError) || (path !== undefined && existsSync(path))) throw error;
      if (first) createLogger().info("waiting for a configuration", { reason: messageOf(error) });
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

import { statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../cni/errors.ts";
import { type Config, loadConfig } from "../config/load.ts";
import { openStore, type Store } from "../state/index.ts";
import { CliError, fileProblem } from "./errors.ts";
import { findNetworkFile, readNetworkFile } from "./network-file.ts";

/** Which store is meant: the one in a directory, or that of a configuration file (default: this node's own). */
export interface StoreOptions {
  config?: string;
  stateDir?: string;
}

/** The configuration in a file, or in the first one of this node that has a network of skynet. */
export function configOf(path: string | undefined): Config {
  const file = path === undefined ? findNetworkFile() : readNetworkFile(path);
  try {
    return loadConfig(file.config).config;
  } catch (error) {
    throw new CliError(`${file.path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Where the store is. */
export function stateDirOf(options: StoreOptions): string {
  return options.stateDir ?? configOf(options.config).state_dir;
}

/**
 * What `look` finds in the store; `whenAbsent` where there is no store yet, for looking does not make one.
 *
 * @throws {CliError} when this user may not see it
 */
export function lookIntoStore<T>(dir: string, whenAbsent: T, look: (store: Store) => T): T {
  if (!hasStore(dir)) return whenAbsent;
  const store = openStore(dir);
  try {
    return look(store);
  } finally {
    store.close();
  }
}

function hasStore(dir: string): boolean {
  const path = join(dir, "skynet.db");
  try {
    return statSync(path).isFile();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw new CliError(fileProblem(path, error), { cause: error });
  }
}

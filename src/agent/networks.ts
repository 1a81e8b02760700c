import { type Config, loadConfig } from "../config/load.ts";
import { isObject, type JsonObject } from "../config/object.ts";
import { createLogger, type Logger } from "../log.ts";
import { openStore, type Store } from "../state/index.ts";
import type { GateFor } from "../verbs/neutron.ts";
import { openSurroundings, type Surroundings } from "../verbs/world.ts";

/** A CNI network as one configuration has it, with what outlives its verbs: sessions, wiring, the store. */
export interface Network {
  config: Config;
  surroundings: Surroundings;
  log: Logger;
}

/** A node has a handful; more is a configuration that is being edited. */
const MAX_NETWORKS = 16;

/** Begins the key, in a store's cache, of a network's configuration as it was when it was last opened. */
const REMEMBERED = "network/";

/** What runtimes add to the file's configuration for one call (libcni). */
const PER_CALL = new Set(["runtimeConfig", "prevResult", "cni.dev/valid-attachments", "cni.dev/attachments"]);

/**
 * The networks that pods ask for, each opened once. The plugin hands over the configuration that the runtime gave it,
 * so that a changed file holds from the next pod on: it is another network here.
 */
export class Networks {
  /** By the configuration, the one asked for last at the end. */
  private readonly opened = new Map<string, Promise<Network>>();
  private readonly stores = new Map<string, Store>();
  private readonly logs = new Map<string, Logger>();

  /** @param gateFor where calls to a Neutron wait for their turn */
  constructor(private readonly gateFor?: GateFor) {}

  /**
   * The network of a configuration as it came from the runtime or from a file.
   *
   * @throws {CniError} code 7 when it is invalid; StoreError
   */
  async of(raw: JsonObject): Promise<Network> {
    const lasting = Object.fromEntries(Object.entries(raw).filter(([name]) => !PER_CALL.has(name)));
    const key = canonical(lasting);
    const known = this.opened.get(key);
    this.opened.delete(key);
    const network = known ?? this.open(lasting);
    this.opened.set(key, network);
    this.forgetOldest();
    try {
      return await network;
    } catch (error) {
      this.opened.delete(key);
      throw error;
    }
  }

  /** Those that are open. */
  async list(): Promise<Network[]> {
    const settled = await Promise.allSettled(this.opened.values());
    return settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  }

  /**
   * Opens the networks that a store has pods, ports or unfinished deletes of, as they were configured last: an agent that
   * starts need not wait for their next pod. Those that are open stay as they are; one that cannot be opened waits after all.
   */
  async reopen({ cache, attachments, hotPorts, pools, journal }: Store, log: Logger): Promise<void> {
    const open = new Set((await this.list()).map(({ config }) => config.name));
    const rows = [...attachments.list(), ...hotPorts.list(), ...pools.list(), ...journal.list()];
    for (const network of new Set(rows.map((row) => row.network))) {
      const remembered = open.has(network) ? undefined : cache.look<JsonObject>(REMEMBERED + network);
      if (remembered === undefined) continue;
      await this.of(remembered.value).catch((error) => {
        log.warn("a network is not worked on before its next pod", { network, error });
      });
    }
  }

  /** Closes the stores; no verb may be at work. */
  close(): void {
    for (const store of this.stores.values()) store.close();
    this.stores.clear();
    this.opened.clear();
  }

  private async open(raw: JsonObject): Promise<Network> {
    const { config, warnings } = loadConfig(raw);
    const log = this.logOf(config);
    for (const warning of warnings) log.warn(warning, { network: config.name });
    const shared = {
      store: this.storeOf(config.state_dir),
      ...(this.gateFor === undefined ? {} : { gateFor: this.gateFor }),
    };
    const surroundings = await openSurroundings(config, log, shared);
    shared.store.cache.set(REMEMBERED + config.name, raw);
    return { config, log, surroundings };
  }

  private storeOf(stateDir: string): Store {
    const known = this.stores.get(stateDir);
    if (known !== undefined) return known;
    const store = openStore(stateDir);
    this.stores.set(stateDir, store);
    return store;
  }

  /** A log's file stays open, so networks share it, and one that is opened anew finds it. */
  private logOf({ log_level: level, log_file: file }: Config): Logger {
    const key = `${level} ${file ?? ""}`;
    const known = this.logs.get(key);
    if (known !== undefined) return known;
    const log = createLogger({ level, file });
    this.logs.set(key, log);
    return log;
  }

  private forgetOldest(): void {
    const [oldest] = this.opened.keys();
    if (this.opened.size > MAX_NETWORKS && oldest !== undefined) this.opened.delete(oldest);
  }
}

/** The same text for the same value, in whatever order its keys came. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** Open vSwitch of one node: its database server and its switch, in the node's network namespace, on files of its own. */
import { existsSync, mkdirSync } from "node:fs";
import { attempt, run } from "../command.ts";
import { inNamespace, type LabLayout } from "../layout.ts";
import { type ServerSpec, serverRuns, signalServer, startServer, stopServer } from "../process.ts";
import { addBridges, integrationBridge } from "./bridges.ts";
import { type DatapathType, datapathType, switchCanStart } from "./datapath.ts";

/** Where Debian keeps the database's schema. */
const schema = "/usr/share/openvswitch/vswitch.ovsschema";

/** One daemon, to end and start again. */
export interface Daemon {
  readonly running: boolean;
  /** Starts it unless it runs, and waits until it serves. */
  start(): Promise<void>;
  /** Ends it as an administrator does. */
  stop(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
}

/** A daemon of the switch, which can also be made to hang. */
export interface SwitchDaemon extends Daemon {
  /** Makes it hang: it listens and does not answer. */
  freeze(): void;
  /** Lets it go on. */
  thaw(): void;
}

export class OpenVswitch {
  /** ovsdb-server: what is configured. Without it ovs-vswitchd forwards nothing when it does so itself. */
  readonly ovsdb: SwitchDaemon;
  /**
   * ovs-vswitchd: does what is configured. With the userspace datapath all forwarding ends with it, and the devices of
   * bridges go; its start brings them back.
   */
  readonly vswitchd: SwitchDaemon;
  readonly #layout: LabLayout;
  readonly #index: number;
  readonly #dir: string;

  constructor(layout: LabLayout, index: number) {
    this.#layout = layout;
    this.#index = index;
    this.#dir = layout.path(layout.hostname(index), "openvswitch");
    const ovsdb = this.#spec("ovsdb-server", [this.#databaseFile, `--remote=p${this.connection}`], () =>
      this.#succeeds(["ovs-vsctl", `--db=${this.connection}`, "--timeout=2", "--no-wait", "init"]),
    );
    const vswitchd = this.#spec("ovs-vswitchd", [this.connection], () =>
      this.#succeeds(["ovs-appctl", "--timeout=2", `--target=${this.#control("ovs-vswitchd")}`, "version"]),
    );
    this.ovsdb = daemon(ovsdb, async () => {
      await this.#makeDatabase();
      await startServer(ovsdb);
    });
    this.vswitchd = daemon(vswitchd, async () => {
      await switchCanStart();
      await startServer(vswitchd);
      await addBridges(layout, index, await this.datapath(), (...argv) => this.vsctl(...argv));
    });
  }

  /** The database, as clients of OVSDB name it: `unix:PATH`. Reachable from every network namespace. */
  get connection(): string {
    return `unix:${this.#dir}/db.sock`;
  }

  /** Starts both, with the node's bridges. Undo: {@link stop}. */
  async start(): Promise<void> {
    await this.ovsdb.start();
    await this.vsctl(
      "--no-wait",
      ...["set", "Open_vSwitch", ".", `external_ids:system-id=${this.#layout.hostname(this.#index)}`],
    );
    await this.vswitchd.start();
  }

  async stop(): Promise<void> {
    await this.vswitchd.stop();
    await this.ovsdb.stop();
  }

  /** Runs ovs-vsctl on this database and answers its output. Changes are in force when it returns; waits 20 s for that. */
  async vsctl(...argv: string[]): Promise<string> {
    return run(["ovs-vsctl", `--db=${this.connection}`, "--timeout=20", ...argv]);
  }

  /** Runs ovs-ofctl, which knows bridges by name, and answers its output. */
  async ofctl(...argv: string[]): Promise<string> {
    return run(["ovs-ofctl", "--timeout=20", ...argv], { env: { ...Bun.env, ...this.environment } });
  }

  /** Asks ovs-vswitchd itself, through its control socket, and answers what it says. */
  async appctl(...argv: string[]): Promise<string> {
    return run(["ovs-appctl", "--timeout=20", `--target=${this.#control("ovs-vswitchd")}`, ...argv]);
  }

  /** The datapath of the node's bridges; where there are none yet, that of new ones. */
  async datapath(): Promise<DatapathType> {
    const get = ["--if-exists", "get", "bridge", integrationBridge, "datapath_type"];
    const present = (await this.vsctl("--no-wait", ...get)).trim();
    return present === "system" || present === "netdev" ? present : datapathType();
  }

  /** What makes Open vSwitch's programs use this node's files; also OVN's controller looks for sockets there. */
  get environment(): Record<string, string> {
    const folders = ["OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR"];
    return Object.fromEntries(folders.map((name) => [name, this.#dir]));
  }

  get #databaseFile(): string {
    return `${this.#dir}/conf.db`;
  }

  #control(program: string): string {
    return `${this.#dir}/${program}.ctl`;
  }

  async #makeDatabase(): Promise<void> {
    if (existsSync(this.#databaseFile)) return;
    mkdirSync(this.#dir, { recursive: true });
    await run(["ovsdb-tool", "create", this.#databaseFile, schema]);
  }

  async #succeeds(argv: readonly string[]): Promise<boolean> {
    return (await attempt(argv)).exitCode === 0;
  }

  #spec(program: string, argv: readonly string[], ready: ServerSpec["ready"]): ServerSpec {
    const host = this.#layout.hostname(this.#index);
    const options = ["--no-chdir", `--unixctl=${this.#control(program)}`, "--verbose=syslog:off"];
    return {
      name: `${program} of ${host}`,
      argv: inNamespace(this.#layout.node(this.#index), [program, ...options, ...argv]),
      pidFile: this.#layout.path("run", `${program}-${host}.pid`),
      logFile: this.#layout.path("log", `${program}-${host}.log`),
      env: { ...this.#layout.environment, ...this.environment },
      ready,
    };
  }
}

function daemon({ pidFile }: ServerSpec, start: () => Promise<void>): SwitchDaemon {
  return {
    get running() {
      return serverRuns(pidFile);
    },
    start,
    stop: () => stopServer(pidFile),
    kill: () => stopServer(pidFile, 0),
    freeze: () => signalServer(pidFile, "SIGSTOP"),
    thaw: () => signalServer(pidFile, "SIGCONT"),
  };
}

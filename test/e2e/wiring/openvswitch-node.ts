/** A node of the wiring tests with an Open vSwitch of its own: daemons and files that nobody else has. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { attempt, run } from "../../../lab/command.ts";
import { inNamespace } from "../../../lab/layout.ts";
import { datapathType, switchCanStart } from "../../../lab/openvswitch/datapath.ts";
import { type ServerSpec, startServer, stopServer } from "../../../lab/process.ts";
import type { WiringOptions } from "../../../src/wiring/wiring.ts";
import type { Node, TestNetwork } from "./node.ts";

const SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema";

/** One of Open vSwitch's two daemons. */
export class TestDaemon {
  constructor(private readonly spec: ServerSpec) {}

  start(): Promise<void> {
    return startServer(this.spec);
  }

  /** Ends it as a power cut does. */
  stop(): Promise<void> {
    return stopServer(this.spec.pidFile, 0);
  }

  /** Runs something while the daemon is there but does nothing. */
  async whileFrozen<T>(action: () => Promise<T>): Promise<T> {
    const pid = Number(readFileSync(this.spec.pidFile, "utf8").split(" ")[0]);
    process.kill(pid, "SIGSTOP");
    try {
      return await action();
    } finally {
      process.kill(pid, "SIGCONT");
    }
  }

  async whileStopped<T>(action: () => Promise<T>): Promise<T> {
    await this.stop();
    try {
      return await action();
    } finally {
      await this.start();
    }
  }
}

export class SwitchNode implements AsyncDisposable {
  readonly database: TestDaemon;
  readonly vswitchd: TestDaemon;

  private constructor(
    readonly node: Node,
    private readonly folder: string,
    /** Arguments of ovs-vsctl that give a bridge the datapath which this kernel has. */
    readonly datapath: string,
  ) {
    const connection = node.options.ovsdb ?? "";
    const answers =
      (...argv: string[]) =>
      async () =>
        (await attempt(argv)).exitCode === 0;
    this.database = new TestDaemon(
      this.spec(
        "ovsdb-server",
        [`${folder}/conf.db`, `--remote=p${connection}`],
        answers("ovs-vsctl", `--db=${connection}`, "--timeout=2", "--no-wait", "init"),
      ),
    );
    this.vswitchd = new TestDaemon(
      this.spec(
        "ovs-vswitchd",
        [connection],
        answers("ovs-appctl", "--timeout=2", `--target=${folder}/ovs-vswitchd.ctl`, "version"),
      ),
    );
  }

  /** A node with both daemons and no bridge. */
  static async add(
    network: TestNetwork,
    name: string,
    options: Pick<WiringOptions, "neutronAgent" | "physicalNetworks">,
  ): Promise<SwitchNode> {
    const folder = mkdtempSync(`/tmp/sktw-${name}-`);
    const node = await network.addNode(name, { ...options, ovsdb: `unix:${folder}/db.sock` });
    const made = new SwitchNode(node, folder, `datapath_type=${await datapathType()}`);
    await run(["ovsdb-tool", "create", `${folder}/conf.db`, SCHEMA]);
    await made.database.start();
    await switchCanStart();
    await made.vswitchd.start();
    await made.warmUp();
    return made;
  }

  /** Runs ovs-vsctl and answers its output. What it changes is in force when it returns, without `--no-wait`. */
  async vsctl(...argv: string[]): Promise<string> {
    return (await run(["ovs-vsctl", `--db=${this.node.options.ovsdb}`, "--timeout=20", ...argv])).trim();
  }

  /** Runs ovs-ofctl on a bridge. */
  async ofctl(command: string, bridge: string, ...argv: string[]): Promise<string> {
    return run(["ovs-ofctl", "--timeout=20", command, `unix:${this.folder}/${bridge}.mgmt`, ...argv]);
  }

  /** Asks a daemon by its control socket. */
  async appctl(program: "ovs-vswitchd" | "ovsdb-server", ...argv: string[]): Promise<string> {
    return run(["ovs-appctl", "--timeout=20", `--target=${this.folder}/${program}.ctl`, ...argv]);
  }

  async addBridge(name: string): Promise<void> {
    await this.vsctl("add-br", name, "--", "set", "bridge", name, this.datapath);
  }

  /** Names of a bridge's ports, sorted. */
  async ports(bridge: string): Promise<string[]> {
    return (await this.vsctl("list-ports", bridge))
      .split("\n")
      .filter((line) => line !== "")
      .sort();
  }

  /** The first bridge leaves a device of the userspace datapath. */
  private async warmUp(): Promise<void> {
    await this.addBridge("first");
    await this.vsctl("del-br", "first");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vswitchd.stop();
    await this.database.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private spec(program: string, argv: readonly string[], ready: ServerSpec["ready"]): ServerSpec {
    const options = ["--no-chdir", `--unixctl=${this.folder}/${program}.ctl`, "--verbose=syslog:off"];
    const folders = ["OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR"];
    return {
      name: program,
      argv: inNamespace(this.node.namespace, [program, ...options, ...argv]),
      pidFile: `${this.folder}/${program}.pid`,
      logFile: `${this.folder}/${program}.log`,
      env: Object.fromEntries(folders.map((name) => [name, this.folder])),
      ready,
    };
  }
}

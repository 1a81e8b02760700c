/** OVN's two databases: each a file and an ovsdb-server, on a unix socket, which every network namespace can reach. */
import { existsSync, mkdirSync } from "node:fs";
import { attempt, run } from "../command.ts";
import { inNamespace, type LabLayout } from "../layout.ts";
import type { ServerSpec } from "../process.ts";
import { OvnDaemon } from "./daemon.ts";

/** `nb`: what networks there should be, written by Neutron. `sb`: what follows for the chassis, written by northd. */
export type DatabaseName = "nb" | "sb";

/** Seconds one command waits for a database or for northd. */
const COMMAND_TIMEOUT = 10;

/** Where a database is reached, in the form that OVN's programs and Neutron take. */
export function databaseRemote(layout: LabLayout, name: DatabaseName): string {
  return `unix:${databasePath(layout, name, "sock")}`;
}

/**
 * Runs `ovn-nbctl` or `ovn-sbctl` and answers its output.
 *
 * @throws CommandError when it refuses, or nobody answers within ten seconds
 */
export async function databaseCommand(
  layout: LabLayout,
  name: DatabaseName,
  args: readonly string[],
): Promise<string> {
  const remote = `--db=${databaseRemote(layout, name)}`;
  return run([`ovn-${name}ctl`, remote, `--timeout=${COMMAND_TIMEOUT}`, ...args]);
}

/** One of OVN's databases, and its server. */
export class OvnDatabase extends OvnDaemon {
  readonly #layout: LabLayout;
  readonly #name: DatabaseName;

  constructor(layout: LabLayout, name: DatabaseName) {
    super();
    this.#layout = layout;
    this.#name = name;
  }

  /** Starts the server, on an empty database when there is none yet. */
  override async start(): Promise<void> {
    const file = databasePath(this.#layout, this.#name, "db");
    if (!existsSync(file)) {
      mkdirSync(ovnFolder(this.#layout), { recursive: true });
      await run(["ovsdb-tool", "create", file, `/usr/share/ovn/ovn-${this.#name}.ovsschema`]);
    }
    await super.start();
    // Makes the one row of NB_Global or SB_Global, which all else presumes.
    await databaseCommand(this.#layout, this.#name, ["--no-wait", "init"].slice(this.#name === "nb" ? 0 : 1));
  }

  protected override get spec(): ServerSpec {
    const layout = this.#layout;
    const name = `ovn-${this.#name}`;
    const path = (suffix: string) => databasePath(layout, this.#name, suffix);
    return {
      name,
      argv: inNamespace(layout.control, [
        "ovsdb-server",
        path("db"),
        `--remote=punix:${path("sock")}`,
        `--unixctl=${path("ctl")}`,
      ]),
      pidFile: layout.path("run", `${name}.pid`),
      logFile: layout.path("log", `${name}.log`),
      env: layout.environment,
      ready: async () => (await attempt(["ovsdb-client", "list-dbs", `unix:${path("sock")}`])).exitCode === 0,
    };
  }
}

/** Folder of OVN's central files. */
export function ovnFolder(layout: LabLayout): string {
  return layout.path("ovn");
}

function databasePath(layout: LabLayout, name: DatabaseName, suffix: string): string {
  return `${ovnFolder(layout)}/${name}.${suffix}`;
}

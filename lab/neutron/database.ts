/**
 * MariaDB on a unix socket. Making the schemas of Neutron and Keystone takes half a minute, so a finished data folder
 * is kept, by the versions of the packages that made it, and the next lab starts from a copy.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { attempt, run } from "../command.ts";
import { checkout, type LabLayout } from "../layout.ts";
import { startServer, stopServer } from "../process.ts";

/** The files that decide what a finished data folder holds. */
const recipes = ["database.ts", "schema.ts", "keystone.ts", "identities.ts"];

/** What SQLAlchemy needs to reach a database of this server. */
export function databaseUrl(layout: LabLayout, database: string): string {
  return `mysql+pymysql://root@localhost/${database}?unix_socket=${socketPath(layout)}&charset=utf8`;
}

/** Starts MariaDB on the lab's data folder. Undo: {@link stopDatabase}. */
export async function startDatabase(layout: LabLayout): Promise<void> {
  await startServer({
    name: "MariaDB",
    argv: ["mariadbd", ...serverArguments(layout)],
    pidFile: pidFile(layout),
    logFile: layout.path("log", "mariadb.log"),
    env: layout.environment,
    ready: async () => (await attempt(["mysqladmin", ...clientArguments(layout), "ping"])).exitCode === 0,
  });
}

export async function stopDatabase(layout: LabLayout): Promise<void> {
  await stopServer(pidFile(layout), 30_000);
}

/** Runs SQL as root. */
export async function query(layout: LabLayout, sql: string): Promise<string> {
  return run(["mysql", ...clientArguments(layout), "-N", "-e", sql]);
}

/**
 * Brings the lab's data folders to the state `build` makes, from the kept copy when there is one.
 *
 * @param folders what is kept, in the lab's folder: MariaDB's data, Keystone's keys
 * @param build makes the state, with the database running and empty
 * @returns whether it had to be built
 */
export async function prepareDatabase(
  layout: LabLayout,
  folders: readonly string[],
  packages: readonly string[],
  build: () => Promise<void>,
): Promise<boolean> {
  const kept = join(checkout, ".work", "lab", folders.join("+"), await cacheKey(packages));
  if (existsSync(kept)) {
    await copyFolders(folders, kept, layout.dir);
    return false;
  }
  await installDatabase(layout);
  await startDatabase(layout);
  await build();
  await stopDatabase(layout);
  await keep(layout, folders, kept);
  return true;
}

async function installDatabase(layout: LabLayout): Promise<void> {
  mkdirSync(layout.path("mysql"), { recursive: true });
  await run([
    "mysql_install_db",
    "--no-defaults",
    "--user=root",
    `--datadir=${layout.path("mysql")}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ]);
}

/** Keeps this copy and none of other versions. It is renamed into place: half a copy is never taken for a whole one. */
async function keep(layout: LabLayout, folders: readonly string[], kept: string): Promise<void> {
  const shelf = dirname(kept);
  mkdirSync(shelf, { recursive: true });
  for (const name of readdirSync(shelf)) {
    if (!name.startsWith(basename(kept))) rmSync(join(shelf, name), { recursive: true, force: true });
  }
  const partial = mkdtempSync(`${kept}.`);
  await copyFolders(folders, layout.dir, partial);
  // Another lab may have been faster with the same.
  if (existsSync(kept)) rmSync(partial, { recursive: true });
  else renameSync(partial, kept);
}

async function copyFolders(folders: readonly string[], from: string, to: string): Promise<void> {
  for (const folder of folders) cpSync(join(from, folder), join(to, folder), { recursive: true });
}

async function cacheKey(packages: readonly string[]): Promise<string> {
  const versions = await run(["dpkg-query", "-W", ...packages]);
  const recipe = await Promise.all(recipes.map((name) => Bun.file(join(import.meta.dir, name)).text()));
  const hash = new Bun.CryptoHasher("sha256").update([versions, ...recipe].join("\n"));
  return hash.digest("hex").slice(0, 16);
}

function serverArguments(layout: LabLayout): string[] {
  return [
    "--no-defaults",
    "--user=root",
    `--datadir=${layout.path("mysql")}`,
    `--socket=${socketPath(layout)}`,
    "--skip-networking",
    "--skip-log-bin",
    "--innodb-buffer-pool-size=64M",
    // Its default reserves 8 TiB of addresses, more than a kernel in a process gives; older servers do not know the option.
    "--loose-innodb-buffer-pool-size-max=64M",
    "--innodb-log-file-size=16M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--performance-schema=OFF",
    "--max-connections=200",
    "--character-set-server=utf8",
  ];
}

function clientArguments(layout: LabLayout): string[] {
  return ["--no-defaults", `--socket=${socketPath(layout)}`, "-uroot"];
}

/** Kept short: the path of a unix socket has at most 107 characters. */
function socketPath(layout: LabLayout): string {
  return layout.path("run", "mysql.sock");
}

function pidFile(layout: LabLayout): string {
  return layout.path("run", "mariadb.pid");
}

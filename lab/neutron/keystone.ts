/** Keystone under uwsgi, and its files. Users and catalogue are in `identities.ts`. */
import { mkdirSync } from "node:fs";
import { run } from "../command.ts";
import { controlAddress, inNamespace, keystoneUrl, type LabLayout } from "../layout.ts";
import { serverRuns, startServer, stopServer } from "../process.ts";
import { answers } from "../wait.ts";
import { databaseUrl, query } from "./database.ts";
import { type Ini, writeIni } from "./ini.ts";

export interface KeystoneOptions {
  /** Seconds a token lives; default 3600. */
  readonly tokenLifetime?: number;
}

/** Folder of Keystone's keys, inside the lab's. */
export const keystoneFolder = "keystone";

export class Keystone {
  readonly url = keystoneUrl;
  readonly #layout: LabLayout;

  constructor(layout: LabLayout) {
    this.#layout = layout;
  }

  get running(): boolean {
    return serverRuns(this.#pidFile);
  }

  /** Starts it and waits until it answers. Needs MariaDB with Keystone's schema. */
  async start(options: KeystoneOptions = {}): Promise<void> {
    const config = await writeConfig(this.#layout, options);
    const { port } = new URL(keystoneUrl);
    const uwsgi = [
      "/usr/bin/uwsgi-core",
      "--plugins=python3",
      `--http-socket=${controlAddress}:${port}`,
      "--wsgi-file=/usr/bin/keystone-wsgi-public",
      "--processes=1",
      "--threads=4",
      "--enable-threads",
      "--lazy-apps",
      "--master",
      "--die-on-term",
      "--buffer-size=65535",
      // It closes after each answer, and must say so: a client that keeps the connection would meet a reset.
      "--add-header=Connection: close",
    ];
    await whileAddressIsTaken({
      name: "Keystone",
      argv: inNamespace(this.#layout.control, uwsgi),
      pidFile: this.#pidFile,
      logFile: this.#layout.path("log", "keystone.log"),
      env: { ...this.#layout.environment, OS_KEYSTONE_CONFIG_FILES: config },
      ready: () => answers(this.url),
    });
  }

  async stop(): Promise<void> {
    await stopServer(this.#pidFile);
  }

  async kill(): Promise<void> {
    await stopServer(this.#pidFile, 0);
  }

  get #pidFile(): string {
    return this.#layout.path("run", "keystone.pid");
  }
}

/** Threads of the one before may still be on their way out, with its socket. */
const TAKEN_MS = 10_000;

async function whileAddressIsTaken(spec: Parameters<typeof startServer>[0]): Promise<void> {
  const until = performance.now() + TAKEN_MS;
  for (;;) {
    try {
      return await startServer(spec);
    } catch (error) {
      const isTaken = error instanceof Error && error.message.includes("Address already in use");
      if (!isTaken || performance.now() > until) throw error;
      await Bun.sleep(200);
    }
  }
}

/** Makes Keystone's database, its keys, and the administrator (admin/admin). */
export async function createKeystoneSchema(layout: LabLayout): Promise<void> {
  await query(layout, "CREATE DATABASE keystone CHARACTER SET utf8");
  const config = await writeConfig(layout, {});
  const manage = (...args: string[]) =>
    run(["/usr/bin/python3", "/usr/bin/keystone-manage", "--config-file", config, ...args], {
      timeout: 300_000,
    });
  for (const folder of ["fernet-keys", "credential-keys"]) {
    mkdirSync(layout.path(keystoneFolder, folder), { recursive: true, mode: 0o700 });
  }
  const owner = ["--keystone-user", "root", "--keystone-group", "root"];
  await Promise.all([
    manage("db_sync"),
    manage("fernet_setup", ...owner),
    manage("credential_setup", ...owner),
  ]);
  const interfaces = ["public", "internal", "admin"].flatMap((name) => [
    `--bootstrap-${name}-url`,
    keystoneUrl,
  ]);
  await manage(
    "bootstrap",
    "--bootstrap-password",
    "admin",
    "--bootstrap-region-id",
    "RegionOne",
    ...interfaces,
  );
}

function writeConfig(layout: LabLayout, options: KeystoneOptions): Promise<string> {
  return writeIni(layout.path("etc", "keystone.conf"), keystoneConfig(layout, options.tokenLifetime ?? 3600));
}

function keystoneConfig(layout: LabLayout, tokenLifetime: number): Ini {
  const keys = layout.path(keystoneFolder, "fernet-keys");
  return {
    DEFAULT: { use_stderr: true },
    cache: { enabled: true, backend: "dogpile.cache.memory" },
    credential: { key_repository: layout.path(keystoneFolder, "credential-keys") },
    database: { connection: databaseUrl(layout, "keystone"), max_retries: 60, retry_interval: 1 },
    fernet_receipts: { key_repository: keys },
    fernet_tokens: { key_repository: keys },
    // The fewest bcrypt allows: a password is checked in milliseconds instead of half a second.
    identity: { password_hash_rounds: 4 },
    oslo_concurrency: { lock_path: layout.path(keystoneFolder, "lock") },
    oslo_policy: { policy_dirs: "/etc/keystone/policy.d" },
    token: { provider: "fernet", expiration: tokenLifetime },
  };
}

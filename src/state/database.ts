import { Database } from "bun:sqlite";
import { openForAppending, openLockFile } from "../system/files.ts";
import { close, tryLock } from "../system/libc.ts";

/** The node's store could not be opened or written; the message names the file and says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** Raised with every change of the tables; older files are brought up step by step (see `MIGRATIONS`). */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE attachments (
     network TEXT NOT NULL, container_id TEXT NOT NULL, ifname TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('attaching', 'attached', 'detaching', 'detached')),
     device_id TEXT NOT NULL, netns TEXT NOT NULL,
     pod_namespace TEXT, pod_name TEXT, pod_uid TEXT,
     port_id TEXT, wiring TEXT, answer TEXT,
     owner_pid INTEGER NOT NULL, owner_start TEXT NOT NULL,
     created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
     PRIMARY KEY (network, container_id, ifname)
   ) WITHOUT ROWID;
   CREATE TABLE pending_deletes (
     id INTEGER PRIMARY KEY, network TEXT NOT NULL, device_id TEXT NOT NULL, port_id TEXT,
     reason TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT,
     created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, due_at INTEGER NOT NULL,
     UNIQUE (network, device_id)
   );
   CREATE TABLE cache (key TEXT PRIMARY KEY, value TEXT NOT NULL, stored_at INTEGER NOT NULL) WITHOUT ROWID;`,
  "ALTER TABLE pending_deletes ADD COLUMN wiring TEXT",
  `ALTER TABLE attachments ADD COLUMN attempt TEXT NOT NULL DEFAULT '';
   ALTER TABLE attachments ADD COLUMN port TEXT;
   ALTER TABLE attachments ADD COLUMN pool TEXT;
   ALTER TABLE attachments ADD COLUMN identity_due INTEGER;
   CREATE TABLE pools (
     key TEXT PRIMARY KEY, network TEXT NOT NULL, endpoint TEXT NOT NULL, spec TEXT NOT NULL, asked_at INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE hot_ports (
     id INTEGER PRIMARY KEY, pool TEXT NOT NULL, network TEXT NOT NULL, device_id TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('making', 'wiring', 'hot', 'cooling', 'leaving')),
     port_id TEXT UNIQUE, port TEXT, wiring TEXT, changed_at INTEGER NOT NULL
   );
   CREATE INDEX hot_ports_of_pool ON hot_ports (pool, state);`,
  // AUTOINCREMENT: without it the next row gets the id of the latest that was deleted, and who has waited for Neutron in
  // between takes it for the one that it has seen.
  `ALTER TABLE hot_ports RENAME TO hot_ports_before;
   CREATE TABLE hot_ports (
     id INTEGER PRIMARY KEY AUTOINCREMENT, pool TEXT NOT NULL, network TEXT NOT NULL, device_id TEXT NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('making', 'wiring', 'hot', 'cooling', 'leaving')),
     port_id TEXT UNIQUE, port TEXT, wiring TEXT, changed_at INTEGER NOT NULL
   );
   INSERT INTO hot_ports SELECT * FROM hot_ports_before;
   DROP TABLE hot_ports_before;
   CREATE INDEX hot_ports_of_pool ON hot_ports (pool, state);`,
];

/** Milliseconds that a writer waits for another process's transaction; each takes well under one. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Pages in the write-ahead log before a commit writes them back into the database. Plugin processes end without closing
 * it, so that most of them never wait for the disk; the next to open it reads the log, which should hence be short.
 */
const LONGEST_LOG_PAGES = 100;
const RETRY_MS = 2;

/**
 * Opens (or makes) `<dir>/skynet.db`, shared by every plugin process of the node and the agent.
 * WAL with synchronous=NORMAL: a crash of a process loses nothing; a crash of the kernel may lose the last
 * transactions, and takes every pod's devices with it. What must outlive even that is written with
 * {@link durably}. A file that is not a database is moved aside, never deleted. One of a newer version is left alone:
 * what its rows mean is not known here.
 *
 * Who opens it shares a lock, and who makes it has that alone. A file that appears while SQLite opens it is opened to be
 * read only, at the second try (unixOpen in os_unix.c); with one in hand that is being moved aside, the files that SQLite
 * finds beside its name are the new one's.
 */
export function openDatabase(dir: string): Database {
  const path = `${dir}/skynet.db`;
  try {
    const lock = openLockFile(`${path}.lock`);
    try {
      hold(lock, "shared");
      return findOrMake(path, lock);
    } finally {
      close(lock);
    }
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Of several processes that find none, or a damaged one, one makes it; the others, who come after it, find the new one. */
function findOrMake(path: string, lock: number): Database {
  const found = find(path);
  if (found instanceof Database) return found;
  hold(lock, "exclusive");
  const now = find(path);
  if (now instanceof Database) return now;
  if (now === "damaged") setAside(path);
  // SQLite would make it for everybody to read.
  close(openForAppending(path, 0o600));
  return prepare(path);
}

function find(path: string): Database | "missing" | "damaged" {
  try {
    return prepare(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "SQLITE_CANTOPEN") return "missing";
    if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT") return "damaged";
    throw error;
  }
}

function hold(lock: number, kind: "shared" | "exclusive"): void {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  while (!tryLock(lock, kind)) {
    if (performance.now() > until)
      throw new Error(`another process has been opening it for ${BUSY_TIMEOUT_MS / 1000} s`);
    Bun.sleepSync(RETRY_MS);
  }
}

/** Runs `work` so that its transaction is on the disk, not only in the kernel, when it returns. */
export function durably<T>(db: Database, work: () => T): T {
  db.run("PRAGMA synchronous=FULL");
  try {
    return work();
  } finally {
    db.run("PRAGMA synchronous=NORMAL");
  }
}

function prepare(path: string): Database {
  const db = new Database(path, { readwrite: true, strict: true });
  try {
    db.run(`PRAGMA busy_timeout=${BUSY_TIMEOUT_MS}`);
    const version = schemaVersion(db);
    if (version > MIGRATIONS.length) throw tooNew(path, version);
    if (version < MIGRATIONS.length) migrate(db);
    db.run("PRAGMA synchronous=NORMAL");
    db.run(`PRAGMA wal_autocheckpoint=${LONGEST_LOG_PAGES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function schemaVersion(db: Database): number {
  const row = db.query<{ user_version: number }, []>("PRAGMA user_version").get();
  return row?.user_version ?? 0;
}

function migrate(db: Database): void {
  switchToWal(db);
  db.transaction(() => {
    for (let version = schemaVersion(db); version < MIGRATIONS.length; version++) {
      db.run(MIGRATIONS[version] as string);
      db.run(`PRAGMA user_version=${version + 1}`);
    }
  }).immediate();
}

/**
 * Several processes may find a fresh file at once. SQLite waits for a lock as `busy_timeout` says, but not for this one:
 * two that change the mode would wait for each other, so one is refused at once.
 */
function switchToWal(db: Database): void {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      db.run("PRAGMA journal_mode=WAL");
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "SQLITE_BUSY" || performance.now() > until) throw error;
      Bun.sleepSync(RETRY_MS);
    }
  }
}

/** The database goes last: as soon as it is gone another process may make a new one, with files of its own beside it. */
function setAside(path: string): void {
  const { existsSync, renameSync } = process.getBuiltinModule("node:fs");
  const suffix = `damaged-${new Date().toISOString().replaceAll(":", "")}`;
  for (const end of ["-wal", "-shm", ""]) {
    if (existsSync(path + end)) renameSync(path + end, `${path}.${suffix}${end}`);
  }
}

function tooNew(path: string, version: number): StoreError {
  return new StoreError(
    `the node's store ${path} was written by a newer version of skynet (tables of version ${version}, this one knows ${MIGRATIONS.length}): install that version again`,
  );
}

function unusable(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new StoreError(
    `cannot use the node's store ${path}: ${reason}; check that "state_dir" is a writable local directory with free space`,
    { cause: error },
  );
}

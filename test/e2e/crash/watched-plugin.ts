/**
 * The plugin, from source, as a program that notes every step by which it changes the world outside of itself, and kills
 * itself before the one that it is told. What is no change is no step: a process killed before it reads something leaves
 * what it leaves when it is killed before its next change. A request to Neutron that changes something is two steps, for it
 * may be carried out and the answer never be heard.
 */
import { Database, type Statement } from "bun:sqlite";
import { appendFileSync, readlinkSync } from "node:fs";
import { DIE_AT, STEPS_FILE } from "./steps.ts";

const file = Bun.env[STEPS_FILE];
if (file === undefined) throw new Error(`set ${STEPS_FILE} to the file for the steps`);
const dieAt = Number(Bun.env[DIE_AT]);
let steps = 0;

/** Called before a step is taken: the last one in the file of a killed process is the one that it did not come to. */
function step(what: string): void {
  appendFileSync(file as string, `${what}\n`);
  if (++steps === dieAt) process.kill(process.pid, "SIGKILL");
}

type Call = (fd: number, ...rest: unknown[]) => unknown;

/** linux/sockios.h */
const SIOCETHTOOL = 0x8946;

/** The C library, through which the plugin writes settings of the kernel and its answer. */
function watchLibrary(): void {
  const ffi = require("bun:ffi") as { dlopen: (...args: unknown[]) => { symbols: Record<string, Call> } };
  const { dlopen } = ffi;
  ffi.dlopen = (...args) => {
    const library = dlopen(...args);
    const { write, ioctl } = library.symbols as Record<"write" | "ioctl", Call>;
    const watched: Record<string, Call> = {
      write: (fd, ...rest) => {
        const path = readlinkSync(`/proc/self/fd/${fd}`);
        if (fd === 1) step("answer");
        else if (path.startsWith("/proc/sys/")) step(`kernel: write ${path}`);
        return write(fd, ...rest);
      },
      ioctl: (fd, request, ...rest) => {
        if (Number(request) === SIOCETHTOOL) step("kernel: set offload");
        return ioctl(fd, request, ...rest);
      },
    };
    return { ...library, symbols: { ...library.symbols, ...watched } };
  };
}

/** The kernel carries out all of one send before the process can die: so that is one step. */
async function watchNetlink(): Promise<void> {
  const { NetlinkSocket } = await import("../../../src/netlink/socket.ts");
  const { attempt } = NetlinkSocket.prototype;
  NetlinkSocket.prototype.attempt = function (requests) {
    if (requests.length > 0) step(`kernel: ${requests.map(({ operation }) => operation).join(", ")}`);
    return attempt.call(this, requests);
  };
}

/** A transaction of the switch's database is two steps, as a request to Neutron is: daemons act upon it at once. */
async function watchSwitch(): Promise<void> {
  const [{ OvsdbClient }, { changes }] = await Promise.all([
    import("../../../src/ovsdb/client.ts"),
    import("../../../src/ovsdb/operations.ts"),
  ]);
  const { transact } = OvsdbClient.prototype;
  OvsdbClient.prototype.transact = async function (operations, signal) {
    const changing = operations.filter(changes).map(({ op, table }) => `${op} ${table}`);
    if (changing.length === 0) return transact.call(this, operations, signal);
    step(`switch: ${changing.join(", ")}`);
    const results = await transact.call(this, operations, signal);
    step(`switch: ${changing.join(", ")}, answered`);
    return results;
  };
}

type Fetch = (url: string, init?: { method?: string }) => Promise<Response>;

function watchRequests(): void {
  const watched =
    (fetch: Fetch): Fetch =>
    async (url, init) => {
      const { method = "GET" } = init ?? {};
      if (method === "GET") return fetch(url, init);
      const request = `neutron: ${method} ${new URL(url).pathname}`;
      step(request);
      const response = await fetch(url, init);
      step(`${request}, answered`);
      return response;
    };
  const { FetchSession } = Bun;
  class WatchedSession {
    readonly fetch: Fetch;
    readonly close: () => void;

    constructor(options: ConstructorParameters<typeof FetchSession>[0]) {
      const session = new FetchSession(options);
      this.fetch = watched(session.fetch.bind(session) as Fetch);
      this.close = () => session.close();
    }
  }
  Object.defineProperty(Bun, "FetchSession", { value: WatchedSession });
  globalThis.fetch = watched(globalThis.fetch as Fetch) as typeof fetch;
}

/**
 * Statements that change the store. BEGIN and COMMIT, which Bun keeps to itself, need not be seen: a transaction that is
 * killed before its end is as if it had not begun.
 */
const CHANGE =
  /^\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|BEGIN|COMMIT|PRAGMA (journal_mode|user_version)=)/i;
/** Losing the cache costs time alone. */
const CACHE = /^\s*(INSERT (OR REPLACE )?INTO|DELETE FROM) cache\b/i;

function watchStore(): void {
  const { prototype } = Database;
  for (const name of ["run", "query", "prepare"] as const) {
    const original = prototype[name] as (...args: unknown[]) => unknown;
    const watched = function (this: Database, ...args: unknown[]) {
      const sql = String(args[0]);
      if (!CHANGE.test(sql) || CACHE.test(sql)) return original.apply(this, args);
      if (name !== "run") return watchedStatement(original.apply(this, args) as Statement, sql);
      step(`store: ${inOneLine(sql)}`);
      return original.apply(this, args);
    };
    Object.assign(prototype, { [name]: watched });
  }
}

const watchedStatements = new WeakSet<Statement>();

/** Bun keeps the statements of queries and hands them out again. */
function watchedStatement(statement: Statement, sql: string): Statement {
  if (watchedStatements.has(statement)) return statement;
  watchedStatements.add(statement);
  for (const name of ["run", "get", "all", "values"] as const) {
    const original = statement[name] as (...args: unknown[]) => unknown;
    const watched = (...args: unknown[]) => {
      step(`store: ${inOneLine(sql)}`);
      return original.apply(statement, args);
    };
    Object.assign(statement, { [name]: watched });
  }
  return statement;
}

function inOneLine(sql: string): string {
  return sql.trim().replace(/\s+/g, " ");
}

watchLibrary();
watchStore();
watchRequests();
await watchNetlink();
await watchSwitch();
// Not before everything is watched: what is loaded now calls what was put in the place of the original.
await import("../../../src/main.ts");

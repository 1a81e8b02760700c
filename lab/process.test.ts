import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";
import { processStat } from "./proc.ts";
import { killLabProcesses, type ServerSpec, serverRuns, startServer, stopServer } from "./process.ts";
import { waitFor } from "./wait.ts";

let dir: string;
let pidFile: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skynet-process-"));
  pidFile = join(dir, "run", "server.pid");
});

afterEach(async () => {
  await killLabProcesses(dir);
  rmSync(dir, { recursive: true });
});

function server(script: string, ready: ServerSpec["ready"] = () => true): ServerSpec {
  const logFile = join(dir, "server.log");
  return { name: "server", argv: ["sh", "-c", script], pidFile, logFile, ready, timeout: 5_000 };
}

const pid = () => Number(readFileSync(pidFile, "utf8").split(" ")[0]);

test("leads a session of its own, and is started once", async () => {
  await startServer(server("sleep 60"));
  const first = pid();
  expect(processStat(first)?.session).toBe(first);
  await startServer(server("sleep 60"));
  expect(pid()).toBe(first);
});

test("is waited for until it is ready", async () => {
  const mark = join(dir, "mark");
  await startServer(server(`touch ${mark}; sleep 60`, () => existsSync(mark)));
  expect(existsSync(mark)).toBe(true);
});

test("one that ends is reported with the end of its log", async () => {
  const failed = startServer(server("echo no such table; exit 1", () => false));
  await expect(failed).rejects.toThrow("server ended:\nno such table");
});

test("one that is never ready is reported with the end of its log", async () => {
  const failed = startServer({ ...server("echo thinking; sleep 60", () => false), timeout: 300 });
  await expect(failed).rejects.toThrow("server is not ready; its log ends:\nthinking");
});

test("is asked to end before it is killed", async () => {
  const mark = join(dir, "ended");
  const ready = join(dir, "ready");
  const script = `trap 'touch ${mark}; exit' TERM; touch ${ready}; while :; do sleep 0.01; done`;
  await startServer(server(script, () => existsSync(ready)));
  await stopServer(pidFile);
  expect(existsSync(mark)).toBe(true);
  expect(existsSync(pidFile)).toBe(false);
});

test("goes with everything in its session, also what ignores TERM", async () => {
  const child = join(dir, "child");
  const script = `(trap '' TERM; sleep 60) & echo $! > ${child}; sleep 60`;
  await startServer(server(script, () => existsSync(child) && readFileSync(child, "utf8") !== ""));
  const [leader, orphan] = [pid(), Number(readFileSync(child, "utf8"))];
  await stopServer(pidFile, 1_000);
  expect(processStat(leader)).toBeUndefined();
  expect(processStat(orphan)).toBeUndefined();
});

test("a pid used again by another process is left alone", async () => {
  const other = Bun.spawn(["sleep", "60"]);
  await Bun.write(pidFile, `${other.pid} 1\n`);
  expect(serverRuns(pidFile)).toBe(false);
  await stopServer(pidFile, 0);
  expect(processStat(other.pid)).toBeDefined();
  other.kill();
  await other.exited;
});

test("whoever carries the lab's folder in its environment goes with the lab", async () => {
  const marked = Bun.spawn(["setsid", "sleep", "60"], { env: { ...Bun.env, SKYNET_LAB_DIR: dir } });
  const other = Bun.spawn(["sleep", "60"], { env: { ...Bun.env, SKYNET_LAB_DIR: `${dir}2` } });
  await waitFor("start", async () => (await run(["cat", `/proc/${marked.pid}/comm`])).trim() === "sleep");
  await killLabProcesses(dir);
  expect(await marked.exited).toBe(137);
  expect(processStat(other.pid)).toBeDefined();
  other.kill();
  await other.exited;
});

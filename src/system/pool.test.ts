import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeInPool } from "./pool.ts";

const PIPE_BYTES = 64 * 1024;

const folder = mkdtempSync(join(tmpdir(), "skynet-pool-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("while a write waits, this thread goes on", async () => {
  const path = join(folder, "pipe");
  Bun.spawnSync(["mkfifo", path]);
  const fd = openSync(path, "r+");
  const full = new Uint8Array(PIPE_BYTES);
  writeSync(fd, full);
  let isWritten = false;
  const written = writeInPool(fd, new Uint8Array([7])).then(() => {
    isWritten = true;
  });
  await Bun.sleep(20);
  expect(isWritten).toBe(false);
  for (let left = full.byteLength; left > 0; ) left -= readSync(fd, full, 0, left, null);
  await written;
  readSync(fd, full, 0, 1, null);
  expect(full[0]).toBe(7);
});

test("a write that is refused says why", async () => {
  const refused = writeInPool(1_000_000, new Uint8Array(1));
  await expect(refused).rejects.toMatchObject({ call: "write", code: "EBADF" });
});

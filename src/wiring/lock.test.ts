import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { whileLocked, withLock } from "./lock.ts";

test("tasks of one process that wait take turns, and may use the other lock meanwhile", async () => {
  const folder = mkdtempSync("/tmp/lock-test-");
  const seen: string[] = [];
  const task = (name: string) =>
    whileLocked(folder, "some", AbortSignal.timeout(5_000), async () => {
      seen.push(`${name} in`);
      await Bun.sleep(1);
      withLock(folder, () => seen.push(`${name} out`));
    });
  await Promise.all([task("a"), task("b"), task("c")]);
  expect(seen).toHaveLength(6);
  for (let turn = 0; turn < 6; turn += 2) expect(seen[turn + 1]).toBe(seen[turn]?.replace(" in", " out"));
  rmSync(folder, { recursive: true });
});

test("whoever waits for the lock gives up when told to", async () => {
  const folder = mkdtempSync("/tmp/lock-test-");
  const controller = new AbortController();
  const reason = new Error("no time");
  await whileLocked(folder, "some", AbortSignal.timeout(5_000), async () => {
    const waiting = whileLocked(folder, "some", controller.signal, async () => "entered");
    controller.abort(reason);
    expect(waiting).rejects.toBe(reason);
    await waiting.catch(() => undefined);
  });
  rmSync(folder, { recursive: true });
});

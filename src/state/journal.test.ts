import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "./index.ts";

const AN_HOUR_MS = 3_600_000;
const realNow = Date.now;
let dir: string;
let store: Store;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skynet-journal-"));
  store = openStore(dir);
});
afterEach(() => {
  Date.now = realNow;
  store.close();
  rmSync(dir, { recursive: true });
});

test("a clock that is put back does not keep deletes waiting for as long", () => {
  store.journal.add({ network: "pods", deviceId: "d1", reason: "no answer", notBefore: realNow() + 60_000 });
  Date.now = () => realNow() - AN_HOUR_MS;
  expect(store.journal.isDue("pods")).toBe(true);
  const [entry] = store.journal.claim("pods", 10);
  if (entry === undefined) throw new Error("it was not handed out");
  store.journal.postponed(entry);
  expect(store.journal.isDue("pods")).toBe(false);
  Date.now = () => realNow() - AN_HOUR_MS + 301_000;
  expect(store.journal.claim("pods", 10)).toHaveLength(1);
});

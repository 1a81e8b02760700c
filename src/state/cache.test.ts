import { afterEach, beforeEach, expect, setSystemTime, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "./index.ts";

let dir: string;
let store: Store;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skynet-cache-"));
  store = openStore(dir);
});
afterEach(() => {
  setSystemTime();
  store.close();
  rmSync(dir, { recursive: true });
});

test("a clock that is put back makes nothing young for as long", () => {
  store.cache.set("status", { reason: "Neutron is away" });
  setSystemTime(Date.now() - 3_600_000);
  expect(store.cache.get("status", 10_000)).toBeUndefined();
  expect(store.cache.look<{ reason: string }>("status")).toEqual({
    value: { reason: "Neutron is away" },
    ageMs: Number.POSITIVE_INFINITY,
  });
  store.cache.set("status", {});
  expect(store.cache.get<object>("status", 10_000)).toEqual({});
});

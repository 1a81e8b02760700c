import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "./index.ts";

let dir: string;
let store: Store;
const pool = { key: "p", network: "skynet", endpoint: "e", spec: { networkId: "n" } };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skynet-store-"));
  store = openStore(dir);
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

test("a pool is remembered by what was asked for, and when last", () => {
  const before = Date.now();
  store.pools.asked(pool);
  store.pools.asked(pool);
  expect(store.pools.list()).toMatchObject([pool]);
  expect(store.pools.list()[0]?.askedAt).toBeGreaterThanOrEqual(before);
});

test("a pool is forgotten when it has no ports", () => {
  store.pools.asked(pool);
  store.hotPorts.making("p", "skynet", ["skynet:pool:1"]);
  store.pools.forget("p");
  expect(store.pools.list()).toHaveLength(1);
  store.hotPorts.forget(store.hotPorts.list()[0]?.id ?? 0);
  store.pools.forget("p");
  expect(store.pools.list()).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheKey, FileTokenCache } from "./token-cache.ts";

const GRANT = { token: "t", expiresAt: 5, endpoint: "http://n", projectId: "p" };
const KEY = cacheKey(["a", { b: 1 }]);
let directory: string;
let umask: number;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "skynet-tokens-"));
  umask = process.umask(0); // The worst case.
});

afterAll(() => {
  process.umask(umask);
  rmSync(directory, { recursive: true });
});

test("what is stored is loaded, by its owner alone", async () => {
  const folder = join(directory, "new");
  const cache = new FileTokenCache(folder);
  await cache.store(KEY, { ...GRANT, token: "old" });
  await cache.store(KEY, GRANT);
  expect(await cache.load(KEY)).toEqual(GRANT);
  expect(readdirSync(folder)).toEqual([`${KEY}.json`]);
  expect(statSync(join(folder, `${KEY}.json`)).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("what killed processes have left of their writing goes, and what is being written stays", async () => {
  const folder = join(directory, "drafts");
  const cache = new FileTokenCache(folder);
  await cache.store(KEY, GRANT);
  const [abandoned, current] = [`${KEY}.json.${crypto.randomUUID()}`, `${KEY}.json.${crypto.randomUUID()}`];
  for (const name of [abandoned, current, "notes.txt"]) writeFileSync(join(folder, name), "{}");
  for (const name of [abandoned, "notes.txt"]) utimesSync(join(folder, name), 1, 1);
  await cache.store(KEY, GRANT);
  expect(readdirSync(folder).sort()).toEqual([`${KEY}.json`, current, "notes.txt"].sort());
});

test("a file that others may read is not used", async () => {
  const cache = new FileTokenCache(directory);
  await cache.store(KEY, GRANT);
  chmodSync(join(directory, `${KEY}.json`), 0o644);
  expect(await cache.load(KEY)).toBeUndefined();
});

test.each(["", "{", "[]", "null", '{"token": 1}', '{"token": "t", "expiresAt": 5}'])(
  "%p is ignored",
  async (text) => {
    const cache = new FileTokenCache(directory);
    writeFileSync(join(directory, "damaged.json"), text, { mode: 0o600 });
    expect(await cache.load("damaged")).toBeUndefined();
  },
);

test("no file and no place for one are no errors", async () => {
  const cache = new FileTokenCache("/proc/nowhere");
  await cache.store(KEY, GRANT);
  expect(await cache.load(KEY)).toBeUndefined();
});

test("keys are file names", () => {
  expect(KEY).toMatch(/^[0-9a-f]{64}$/);
  expect(cacheKey(["a"])).not.toBe(cacheKey(["b"]));
});

import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLockFile } from "../system/files.ts";
import { close, tryLock } from "../system/libc.ts";
import { type AttachmentKey, isAlive, openStore, ownIdentity, type Store, StoreError } from "./index.ts";

let dir: string;
let store: Store;
const key: AttachmentKey = { network: "skynet", containerId: "c1", ifname: "eth0" };
const intent = {
  deviceId: "skynet:c1:eth0",
  netns: "/run/netns/p",
  pod: { name: "web-0" },
  expiresAt: Date.now() + 60_000,
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skynet-store-"));
  store = openStore(dir);
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

test("an attachment goes from intent to answer and keeps what undoing it needs", () => {
  expect(store.attachments.begin(key, intent)).toBeUndefined();
  expect(store.attachments.planned(key, "port-1", { kind: "linuxbridge", tap: "tapport-1" })).toBe(true);
  expect(store.attachments.attached(key, { ips: [] })).toBe(true);
  expect(store.attachments.get(key)).toMatchObject({
    state: "attached",
    portId: "port-1",
    wiring: { kind: "linuxbridge", tap: "tapport-1" },
    answer: { ips: [] },
    pod: { name: "web-0", namespace: undefined, uid: undefined },
  });
});

test("a second ADD finds the first in its way and changes nothing", () => {
  store.attachments.begin(key, intent);
  store.attachments.planned(key, "port-1", {});
  const inTheWay = store.attachments.begin(key, { ...intent, netns: "/other" });
  expect(inTheWay).toMatchObject({ atWork: true, record: { portId: "port-1", netns: "/run/netns/p" } });
  expect(store.attachments.get(key)?.netns).toBe("/run/netns/p");
});

test("an ADD whose process is dead is in the way, but not at work", async () => {
  const script = `import {openStore} from "${import.meta.dir}/index.ts";
    openStore("${dir}").attachments.begin(${JSON.stringify(key)}, ${JSON.stringify(intent)});
    process.kill(process.pid, "SIGKILL");`;
  await Bun.spawn([process.execPath, "-e", script]).exited;
  expect(store.attachments.begin(key, intent)).toMatchObject({ atWork: false });
});

test("an ADD that a DEL overtook is told so at its next step", () => {
  store.attachments.begin(key, intent);
  store.attachments.detaching(key);
  expect(store.attachments.planned(key, "port-1", {})).toBe(false);
  expect(store.attachments.attached(key, {})).toBe(false);
  store.attachments.abandoned(key);
  expect(store.attachments.get(key)?.state).toBe("detaching");
});

test("what is detached is remembered, not listed, and no obstacle to a new ADD", () => {
  store.attachments.begin(key, intent);
  store.attachments.detaching(key);
  store.attachments.detached(key, intent.deviceId);
  expect(store.attachments.get(key)?.state).toBe("detached");
  expect(store.attachments.list("skynet")).toEqual([]);
  expect(store.attachments.begin(key, intent)).toBeUndefined();
});

test("a late DEL does not mark a new ADD of the same key as detached", () => {
  store.attachments.begin(key, intent);
  store.attachments.detached(key, intent.deviceId);
  expect(store.attachments.get(key)?.state).toBe("attaching");
  store.attachments.attached(key, {});
  store.attachments.detached(key, intent.deviceId);
  expect(store.attachments.get(key)?.state).toBe("attached");
});

test("detached rows are forgotten by age", () => {
  store.attachments.detached(key, intent.deviceId);
  store.attachments.forgetDetached(Date.now() - 60_000);
  expect(store.attachments.get(key)).toBeDefined();
  store.attachments.forgetDetached(Date.now() + 1);
  expect(store.attachments.get(key)).toBeUndefined();
});

test("attachments are listed by CNI network", () => {
  store.attachments.begin(key, intent);
  store.attachments.begin({ ...key, network: "other" }, intent);
  expect(store.attachments.list("skynet").map((record) => record.network)).toEqual(["skynet"]);
  expect(store.attachments.list()).toHaveLength(2);
});

test("the journal hands an entry to one claimer only, and back after a failure with a growing pause", () => {
  store.journal.add({ network: "skynet", deviceId: "d1", portId: "p1", reason: "Neutron is away" });
  const [entry] = store.journal.claim("skynet", 10);
  expect(entry).toMatchObject({ deviceId: "d1", portId: "p1", attempts: 1 });
  expect(store.journal.claim("skynet", 10)).toEqual([]);
  if (entry) store.journal.failed(entry, "still away");
  const [again] = store.journal.claim("skynet", 10, true);
  expect(again).toMatchObject({ attempts: 2, lastError: "still away" });
  store.journal.done(again?.id ?? 0);
  expect(store.journal.list()).toEqual([]);
});

test("the journal keeps one entry a device and does not lose a known port id", () => {
  store.journal.add({ network: "skynet", deviceId: "d1", portId: "p1", reason: "first" });
  store.journal.add({ network: "skynet", deviceId: "d1", reason: "second" });
  expect(store.journal.list("skynet")).toMatchObject([{ portId: "p1", reason: "second" }]);
});

test("what a virtual switch has to forget stays noted when the port itself is settled", () => {
  const wiring = { kind: "openvswitch", portId: "p1", hostEnd: "tap1" };
  store.journal.add({
    network: "skynet",
    deviceId: "d1",
    portId: "p1",
    wiring,
    reason: "the switch is away",
  });
  store.journal.add({ network: "skynet", deviceId: "d1", portId: "p1", reason: "Neutron is away too" });
  store.journal.add({ network: "skynet", deviceId: "d2", reason: "Neutron is away" });
  store.journal.settled("skynet", "d1");
  store.journal.settled("skynet", "d2");
  expect(store.journal.list("skynet")).toMatchObject([{ deviceId: "d1", wiring }]);
});

test("a store of the version before is brought up to date with what is in it", () => {
  store.close();
  const old = new Database(join(dir, "skynet.db"));
  old.run("ALTER TABLE pending_deletes DROP COLUMN wiring");
  for (const column of ["attempt", "port", "pool", "identity_due"])
    old.run(`ALTER TABLE attachments DROP COLUMN ${column}`);
  old.run("DROP TABLE pools; DROP TABLE hot_ports");
  old.run("PRAGMA user_version=1");
  old.run(`INSERT INTO pending_deletes (network, device_id, reason, created_at, not_before, due_at)
    VALUES ('skynet', 'd1', 'Neutron is away', 1, 1, 1)`);
  old.close();
  store = openStore(dir);
  const [entry] = store.journal.list("skynet");
  expect(entry).toMatchObject({ deviceId: "d1" });
  expect(entry?.wiring).toBeUndefined();
});

test("a living pod's row is written anew as a whole, and not where there is one", () => {
  const made = { portId: "p1", wiring: { kind: "linuxbridge" }, answer: { ips: [] } };
  expect(store.attachments.adopted(key, intent, made)).toBe(true);
  expect(store.attachments.get(key)).toMatchObject({ state: "attached", portId: "p1", answer: { ips: [] } });
  expect(store.attachments.adopted(key, intent, { ...made, portId: "p2" })).toBe(false);
  expect(store.attachments.get(key)?.portId).toBe("p1");
});

test("an ADD whose time is over is not at work, though its process lives", () => {
  store.attachments.begin(key, { ...intent, expiresAt: Date.now() - 1 });
  expect(store.attachments.begin(key, intent)).toMatchObject({ atWork: false });
});

test("of two attempts of one process only the one that has the row changes it", () => {
  const first = { ...key, attempt: "1" };
  const second = { ...key, attempt: "2" };
  store.attachments.begin(first, intent);
  store.attachments.detaching(key);
  store.attachments.detached(key, intent.deviceId);
  store.attachments.begin(second, intent);
  expect(store.attachments.isOurs(first)).toBe(false);
  expect(store.attachments.planned(first, "port-1", {})).toBe(false);
  expect(store.attachments.attached(first, {})).toBe(false);
  store.attachments.abandoned(first);
  expect(store.attachments.isOurs(second)).toBe(true);
  expect(store.attachments.planned(second, "port-2", {})).toBe(true);
});

test("an entry that is not due yet waits, unless forced", () => {
  store.journal.add({
    network: "skynet",
    deviceId: "d1",
    reason: "unanswered",
    notBefore: Date.now() + 60_000,
  });
  expect(store.journal.isDue("skynet")).toBe(false);
  expect(store.journal.claim("skynet", 10)).toEqual([]);
  expect(store.journal.claim("skynet", 10, true)).toHaveLength(1);
});

test("the cache forgets by age, key and prefix", () => {
  store.cache.set("network:1", { mtu: 1450 });
  store.cache.set("network:2", { mtu: 1500 });
  expect(store.cache.get<{ mtu: number }>("network:1", 1000)?.mtu).toBe(1450);
  expect(store.cache.get("network:1", -1)).toBeUndefined();
  store.cache.delete("network:1");
  expect(store.cache.get("network:1", 1000)).toBeUndefined();
  store.cache.deletePrefix("network:");
  expect(store.cache.get("network:2", 1000)).toBeUndefined();
});

test("the file is private and two openers share it", () => {
  expect(statSync(join(dir, "skynet.db")).mode & 0o777).toBe(0o600);
  const other = openStore(dir);
  store.attachments.begin(key, intent);
  expect(other.attachments.get(key)?.deviceId).toBe(intent.deviceId);
  other.close();
});

test("the file is never another's to read, also when its maker is killed", async () => {
  const fresh = join(dir, "fresh");
  const script = `import fs from "node:fs";
    import {openStore} from "${import.meta.dir}/index.ts";
    fs.chmodSync = () => process.kill(process.pid, "SIGKILL");
    openStore("${fresh}");`;
  await Bun.spawn([process.execPath, "-e", script]).exited;
  expect(statSync(join(fresh, "skynet.db")).mode & 0o777).toBe(0o600);
});

test("a file that is not a database is set aside, not deleted", () => {
  const broken = mkdtempSync(join(tmpdir(), "skynet-store-"));
  writeFileSync(
    join(broken, "skynet.db"),
    "this is not a database, and it is long enough to be read as one".repeat(40),
  );
  const opened = openStore(broken);
  expect(opened.attachments.list()).toEqual([]);
  expect(readdirSync(broken).filter((name) => name.includes("damaged"))).toHaveLength(1);
  opened.close();
  rmSync(broken, { recursive: true });
});

test("a directory that cannot be used is an error that names the file and the key", () => {
  writeFileSync(join(dir, "file"), "");
  expect(() => openStore(join(dir, "file"))).toThrow(StoreError);
  expect(() => openStore(join(dir, "file"))).toThrow(/state_dir/);
  expect(existsSync(join(dir, "file", "skynet.db"))).toBe(false);
});

/** Twenty processes that open the store at once and begin an attachment each. @returns their exit codes */
function twentyOpeners(dir: string): Promise<number[]> {
  const script = (n: number) => `import {openStore} from "${import.meta.dir}/index.ts";
    const s = openStore("${dir}");
    s.attachments.begin({network: "n", containerId: "c${n}", ifname: "eth0"}, ${JSON.stringify(intent)});`;
  const children = Array.from({ length: 20 }, (_, n) => Bun.spawn([process.execPath, "-e", script(n)]));
  return Promise.all(children.map((child) => child.exited));
}

test("twenty processes that open a new store at once all get it", async () => {
  const fresh = join(dir, "fresh");
  expect(await twentyOpeners(fresh)).toEqual(Array(20).fill(0));
  const opened = openStore(fresh);
  expect(opened.attachments.list()).toHaveLength(20);
  opened.close();
});

test("of twenty processes that find the store damaged one sets it aside, and all get the new one", async () => {
  const damaged = join(dir, "damaged");
  mkdirSync(damaged);
  writeFileSync(join(damaged, "skynet.db"), "this is not a database".repeat(100));
  expect(await twentyOpeners(damaged)).toEqual(Array(20).fill(0));
  const opened = openStore(damaged);
  expect(opened.attachments.list()).toHaveLength(20);
  expect(readdirSync(damaged).filter((name) => /damaged-[^-]*-[^-]*-[^-]*Z$/.test(name))).toHaveLength(1);
  opened.close();
});

test("a store is not made while another process opens it, nor opened while one makes it", async () => {
  for (const kind of ["shared", "exclusive"] as const) {
    const place = join(dir, kind);
    const lock = openLockFile(join(place, "skynet.db.lock"));
    tryLock(lock, kind);
    const opening = twentyOpeners(place);
    await Bun.sleep(500);
    expect(readdirSync(place)).toEqual(["skynet.db.lock"]);
    close(lock);
    expect(await opening).toEqual(Array(20).fill(0));
  }
});

test("a store of a newer version is left alone, and said to be one", () => {
  const newer = new Database(join(dir, "skynet.db"));
  newer.run("PRAGMA user_version=1000");
  newer.close();
  expect(() => openStore(dir)).toThrow(StoreError);
  expect(() => openStore(dir)).toThrow(/skynet\.db was written by a newer version of skynet/);
  expect(readdirSync(dir).filter((name) => name.includes("damaged"))).toEqual([]);
});

test("a process is told from a later one with the same number", () => {
  expect(isAlive(ownIdentity())).toBe(true);
  expect(isAlive({ ...ownIdentity(), start: "1" })).toBe(false);
  expect(isAlive({ pid: 2 ** 22 + 1, start: "1" })).toBe(false);
});

test("a process that can open nothing takes no other for dead", async () => {
  const script = `
    import { isAlive, ownIdentity } from "${import.meta.dir}/process.ts";
    import { open } from "${import.meta.dir}/../system/libc.ts";
    const own = ownIdentity();
    try { for (;;) open("/dev/null", 0); } catch {}
    try { process.stdout.write(String(isAlive(own))); } catch (error) { process.stdout.write(error.code); }`;
  const shell = ["sh", "-c", 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, script];
  const child = Bun.spawn(shell, { stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe("EMFILE");
});

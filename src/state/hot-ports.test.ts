import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "./index.ts";

let dir: string;
let store: Store;
const key = { network: "skynet", containerId: "c1", ifname: "eth0", attempt: "a" };
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

/** A port of the pool "p", ready for a pod. */
function hotPort(portId: string): void {
  const deviceId = `skynet:pool:${portId}`;
  store.hotPorts.making("p", "skynet", [deviceId]);
  store.hotPorts.made(deviceId, portId, { id: portId }, { kind: "linuxbridge", portId });
  for (const { id, state } of store.hotPorts.list("p"))
    if (state === "wiring") store.hotPorts.move(id, "wiring", "hot");
}

test("a port is a pod's after it was claimed, and no longer in its pool", () => {
  hotPort("1");
  expect([store.hotPorts.hasReady("skynet"), store.hotPorts.hasReady("other")]).toEqual([true, false]);
  store.attachments.begin(key, intent);
  expect(store.hotPorts.claim("p", key)).toMatchObject({ portId: "1", port: { id: "1" } });
  expect(store.hotPorts.list()).toEqual([]);
  expect(store.hotPorts.hasReady("skynet")).toBe(false);
  expect(store.attachments.get(key)).toMatchObject({
    state: "attaching",
    portId: "1",
    pool: "p",
    port: { id: "1" },
    wiring: { kind: "linuxbridge", portId: "1" },
  });
});

test("a row's id is never another's: whoever has seen a row a while ago does not change the next one", () => {
  hotPort("1");
  const [seen] = store.hotPorts.list();
  store.hotPorts.forget(seen?.id ?? 0);
  hotPort("2");
  expect(store.hotPorts.move(seen?.id ?? 0, "hot", "leaving", { id: "1" })).toBe(false);
  expect(store.hotPorts.list()).toMatchObject([{ portId: "2", state: "hot", port: { id: "2" } }]);
});

test("ports of a store whose ids were given again stay as they are", () => {
  hotPort("1");
  const before = store.hotPorts.list();
  store.close();
  const old = new Database(join(dir, "skynet.db"));
  old.run(`CREATE TABLE before (
    id INTEGER PRIMARY KEY, pool TEXT NOT NULL, network TEXT NOT NULL, device_id TEXT NOT NULL, state TEXT NOT NULL,
    port_id TEXT UNIQUE, port TEXT, wiring TEXT, changed_at INTEGER NOT NULL)`);
  old.run("INSERT INTO before SELECT * FROM hot_ports; DROP TABLE hot_ports");
  old.run(
    "ALTER TABLE before RENAME TO hot_ports; CREATE INDEX hot_ports_of_pool ON hot_ports (pool, state)",
  );
  old.run("PRAGMA user_version=3");
  old.close();
  store = openStore(dir);
  expect(store.hotPorts.list()).toEqual(before);
  store.hotPorts.forget(before[0]?.id ?? 0);
  hotPort("2");
  expect(store.hotPorts.list()[0]?.id).not.toBe(before[0]?.id);
});

test("the longest ready is claimed first, and none when none is ready", () => {
  hotPort("1");
  hotPort("2");
  store.hotPorts.making("p", "skynet", ["skynet:pool:3"]);
  const claim = (containerId: string) => {
    const attempt = { ...key, containerId };
    store.attachments.begin(attempt, { ...intent, deviceId: containerId });
    const claimed = store.hotPorts.claim("p", attempt);
    return typeof claimed === "object" ? claimed.portId : claimed;
  };
  expect([claim("c1"), claim("c2"), claim("c3")]).toEqual(["1", "2", undefined]);
});

test("a claim of an ADD that a DEL has overtaken leaves the port where it is", () => {
  hotPort("1");
  store.attachments.begin(key, intent);
  store.attachments.detaching(key);
  expect(store.hotPorts.claim("p", key)).toBe("overtaken");
  expect(store.hotPorts.list()).toMatchObject([{ portId: "1", state: "hot" }]);
});

test("a removed pod's port goes back once, and its attachment goes with it", () => {
  hotPort("1");
  store.attachments.begin(key, intent);
  store.hotPorts.claim("p", key);
  store.attachments.attached(key, {});
  const record = store.attachments.get(key);
  if (record === undefined) throw new Error("there is no row");
  expect(store.hotPorts.takeBack(record)).toBe(false);
  store.attachments.detaching(key);
  expect(store.hotPorts.takeBack(record)).toBe(true);
  expect(store.hotPorts.takeBack(record)).toBe(false);
  expect(store.hotPorts.list()).toMatchObject([
    { portId: "1", state: "cooling", deviceId: "skynet:c1:eth0" },
  ]);
  expect(store.attachments.get(key)?.state).toBe("detached");
  expect(store.attachments.get(key)?.portId).toBeUndefined();
});

test("Neutron is told of attached pods only, and not of one that is gone by then", () => {
  hotPort("1");
  store.attachments.begin(key, intent);
  store.hotPorts.claim("p", key);
  expect(store.attachments.listIdentityDue()).toEqual([]);
  store.attachments.attached(key, {});
  expect(store.attachments.listIdentityDue()).toMatchObject([{ portId: "1" }]);
  store.attachments.identified(key, "another", {});
  expect(store.attachments.listIdentityDue()).toHaveLength(1);
  store.attachments.identified(key, "1", { id: "1", revision_number: 2 });
  expect(store.attachments.listIdentityDue()).toEqual([]);
  expect(store.attachments.get(key)?.port).toEqual({ id: "1", revision_number: 2 });
  store.attachments.detaching(key);
  store.attachments.identified(key, "1", { id: "1", revision_number: 3, status: "ACTIVE" });
  expect(store.attachments.get(key)?.port).toEqual({ id: "1", revision_number: 2, status: "DOWN" });
});

test("a state changes only from the one that was meant", () => {
  hotPort("1");
  const [{ id } = { id: 0 }] = store.hotPorts.list();
  expect(store.hotPorts.move(id, "cooling", "hot")).toBe(false);
  expect(store.hotPorts.move(id, "hot", "leaving", { id: "1", status: "DOWN" })).toBe(true);
  expect(store.hotPorts.list()).toMatchObject([{ state: "leaving", port: { status: "DOWN" } }]);
  expect(store.hotPorts.has("1")).toBe(true);
  store.hotPorts.forget(id);
  expect(store.hotPorts.has("1")).toBe(false);
});

test("ports of a pool are counted by state, and those that have cooled", () => {
  hotPort("1");
  hotPort("2");
  store.hotPorts.making("p", "skynet", ["skynet:pool:3"]);
  const [{ id } = { id: 0 }] = store.hotPorts.list("p");
  store.hotPorts.move(id, "hot", "cooling");
  expect(store.hotPorts.counts("p")).toEqual({ making: 1, wiring: 0, hot: 1, cooling: 1, leaving: 0 });
  expect(store.hotPorts.counts("other").hot).toBe(0);
  expect(store.hotPorts.countCooled("p", Date.now() - 60_000)).toBe(0);
  expect(store.hotPorts.countCooled("p", Date.now())).toBe(1);
});

test("ports are listed by state", () => {
  hotPort("1");
  store.hotPorts.making("q", "skynet", ["skynet:pool:2"]);
  expect(store.hotPorts.listIn(["hot"])).toMatchObject([{ portId: "1" }]);
  expect(store.hotPorts.listIn(["making", "hot"]).map(({ pool }) => pool)).toEqual(["p", "q"]);
  expect(store.hotPorts.listIn([])).toEqual([]);
});

test("a creation's port is known before it is bound", () => {
  store.hotPorts.making("p", "skynet", ["skynet:pool:1"]);
  store.hotPorts.created("skynet:pool:1", "1", { id: "1" });
  expect(store.hotPorts.list()).toMatchObject([{ state: "making", portId: "1", port: { id: "1" } }]);
  store.hotPorts.made("skynet:pool:1", "1", { id: "1", bound: true }, {});
  store.hotPorts.created("skynet:pool:1", "2", { id: "2" });
  expect(store.hotPorts.list()).toMatchObject([{ state: "wiring", portId: "1", port: { bound: true } }]);
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { silent } from "../log.ts";
import { Networks } from "./networks.ts";

let directory = "";
let networks: Networks;
beforeEach(() => {
  directory = mkdtempSync("/tmp/skynet-networks-");
  networks = new Networks();
});
afterEach(() => {
  networks.close();
  rmSync(directory, { recursive: true });
});

const config = (changes: object = {}) => ({
  cniVersion: "1.1.0",
  name: "pods",
  hostname: "node1",
  state_dir: `${directory}/state`,
  log_level: "error",
  neutron: { neutron_url: "http://127.0.0.1:1", default_network_id: "31a8f352-37ab-4d39-9e5b-6f1b0a2f3b11" },
  plugin: { plugin_type: "macvlan", trunk_nic: "eth1" },
  ...changes,
});

test("calls of one network share what is open, whatever they say of their pods and in whatever order", async () => {
  const first = await networks.of(config({ runtimeConfig: { mac: "02:00:00:00:00:01" } }));
  const reversed = Object.fromEntries(Object.entries(config({ prevResult: {} })).reverse());
  expect(await networks.of(reversed)).toBe(first);
  expect(await networks.list()).toEqual([first]);
});

test("a changed file is another network, with the store of the same directory", async () => {
  const first = await networks.of(config());
  const second = await networks.of(config({ deadlines: { add: 30 } }));
  expect(second).not.toBe(first);
  expect(second.config.deadlines.add).toBe(30);
  expect(second.surroundings.store).toBe(first.surroundings.store);
});

test("a store of another directory is another one", async () => {
  const first = await networks.of(config());
  const second = await networks.of(config({ state_dir: `${directory}/other` }));
  expect(second.surroundings.store).not.toBe(first.surroundings.store);
  expect(existsSync(`${directory}/other/skynet.db`)).toBe(true);
});

test("an invalid configuration is refused, each time", async () => {
  const invalid = config({ plugin: { plugin_type: "none" } });
  for (let time = 0; time < 2; time++) await expect(networks.of(invalid)).rejects.toMatchObject({ code: 7 });
});

test("of configurations that change again and again the oldest is forgotten", async () => {
  const first = await networks.of(config());
  for (let add = 1; add <= 16; add++) await networks.of(config({ deadlines: { add } }));
  expect(await networks.list()).toHaveLength(16);
  expect(await networks.of(config())).not.toBe(first);
});

test("the next agent opens again what the node has something of, as it was configured last", async () => {
  const home = await networks.of(config());
  const { store } = home.surroundings;
  await networks.of(
    config({ name: "other", deadlines: { add: 30 }, runtimeConfig: { mac: "02:00:00:00:00:01" } }),
  );
  await networks.of(config({ name: "unused" }));
  store.pools.asked({ key: "k", network: "other", endpoint: "e", spec: {} });
  const next = new Networks();
  await next.of(config());
  await next.reopen(store, silent);
  const names = (await next.list()).map(({ config: { name, deadlines } }) => [name, deadlines.add]);
  expect(names).toEqual([
    ["pods", home.config.deadlines.add],
    ["other", 30],
  ]);
  next.close();
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deadline } from "../deadline.ts";
import { silent } from "../log.ts";
import { type FakeServer, noauthNeutron, serve } from "../openstack/test-support.ts";
import { openStore, type Store } from "../state/index.ts";
import type { Vacated, WiringPlan } from "../wiring/wiring.ts";
import { detach } from "./detach.ts";
import { deviceIdOf } from "./identity.ts";
import type { World } from "./world.ts";

const PORT = { id: "11111111-1111-4111-8111-111111111111", status: "ACTIVE", fixed_ips: [] };
const key = { network: "pods", containerId: "c1", ifname: "eth0", attempt: "1" };

let dir: string;
let store: Store;
/** What taking the pod off its port comes to, each time. */
let outcomes: (Vacated | Promise<Vacated>)[];
let server: FakeServer;
/** What was deleted in Neutron, and unplugged. */
let deleted: string[];
let unplugged: string[];

beforeEach(async () => {
  [deleted, unplugged] = [[], []];
  server = await serve(({ path }) => {
    deleted.push(path);
    return { status: 204 };
  });
  dir = mkdtempSync(join(tmpdir(), "skynet-detach-"));
  store = openStore(dir);
  const intent = { deviceId: deviceIdOf(key), netns: "", pod: {}, expiresAt: Date.now() + 60_000 };
  store.attachments.begin(key, intent);
  store.attachments.planned(key, PORT.id, { kind: "stub", portId: PORT.id }, { pool: "p", port: PORT });
  store.attachments.attached(key, { ips: [] });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  store.close();
  rmSync(dir, { recursive: true });
});

/** A DEL by an agent that wants the port back. */
async function del(): Promise<void> {
  using deadline = new Deadline("the test", 5);
  const world = {
    config: { neutron: {} },
    log: silent,
    store,
    neutron: noauthNeutron(server.url),
    wiring: {
      parking: () => ({ vacate: async () => outcomes.shift() }),
      unplug: async ({ portId }: WiringPlan) => void unplugged.push(portId),
    },
    agent: { hotPorts: { takesBack: () => true, returned: () => {} }, later: () => {} },
    deadline,
  } as unknown as World;
  await detach(world, { key, netns: "", hostEnds: [] });
}

const statuses = () => store.hotPorts.list().map(({ port }) => (port as typeof PORT).status);

test("a port whose stand-in was there all the while is ACTIVE as it was", async () => {
  outcomes = ["untouched"];
  await del();
  expect(statuses()).toEqual(["ACTIVE"]);
});

test("a port that got another stand-in is not taken for ACTIVE", async () => {
  outcomes = ["rewired"];
  await del();
  expect(statuses()).toEqual(["DOWN"]);
});

test("nor is it when the DEL that made the stand-in dies, and the next finds it in place", async () => {
  outcomes = [new Promise<Vacated>(() => {}), "untouched"];
  void del();
  await del();
  expect(statuses()).toEqual(["DOWN"]);
});

test("a port that nothing was there of is deleted, not given to another pod", async () => {
  outcomes = ["remade"];
  await del();
  expect(statuses()).toEqual([]);
  expect(deleted).toEqual([`/v2.0/ports/${PORT.id}`]);
  expect(unplugged).toEqual([PORT.id]);
});

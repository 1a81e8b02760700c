import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deadline } from "../deadline.ts";
import { silent } from "../log.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import { type FakeServer, fakePort, noauthNeutron, serve } from "../openstack/test-support.ts";
import { openStore, type Store } from "../state/index.ts";
import { collect, releaseHotPorts } from "./collect.ts";
import { deviceIdOf, tagsOf } from "./identity.ts";
import type { World } from "./world.ts";

const key = { network: "pods", containerId: "c1", ifname: "eth0", attempt: "1" };
const port = fakePort({
  id: "11111111-1111-4111-8111-111111111111",
  device_id: deviceIdOf(key),
  tags: tagsOf("k8s", "pods", undefined),
  "binding:host_id": "node1",
});

let dir: string;
let store: Store;
let server: FakeServer;
/** What happens while Neutron lists the ports. */
let meanwhile: () => void;
/** The same while it deletes one. */
let whileDeleting: () => void;
let deleted: string[];
/** What Neutron lists. */
let listed: Port;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "skynet-collect-"));
  store = openStore(dir);
  deleted = [];
  listed = port;
  meanwhile = () => {};
  whileDeleting = () => {};
  server = await serve(({ method, path }) => {
    if (method === "DELETE") {
      deleted.push(path);
      whileDeleting();
      return { status: 204 };
    }
    meanwhile();
    return { body: { ports: [listed] } };
  });
});
afterEach(async () => {
  store.close();
  rmSync(dir, { recursive: true });
  await server[Symbol.asyncDispose]();
});

function worldUntil(deadline: Deadline): World {
  const wiring = { unplugPort: async () => {}, unplug: async () => {}, sweep: async () => [] };
  return {
    config: { hostname: "node1", cluster_name: "k8s", plugin: { plugin_type: "linuxbridge" }, neutron: {} },
    log: silent,
    store,
    neutron: noauthNeutron(server.url),
    wiring,
    deadline,
  } as unknown as World;
}

/** A GC whose runtime lists nothing. */
async function collectAll(): Promise<void> {
  using deadline = new Deadline("the test", 5);
  await collect(worldUntil(deadline), "pods", []);
}

function begin(): void {
  const intent = { deviceId: deviceIdOf(key), netns: "", pod: {}, expiresAt: Date.now() + 60_000 };
  store.attachments.begin(key, intent);
  store.attachments.planned(key, port.id, { kind: "stub", portId: port.id });
}

/** What was begun before is older, by the clock, than what begins after. */
async function nextMillisecond(): Promise<void> {
  const now = Date.now();
  while (Date.now() === now) await new Promise((resolve) => setImmediate(resolve));
}

test("a pod whose ADD ends while a GC is at work keeps its port", async () => {
  begin();
  await nextMillisecond();
  meanwhile = () => store.attachments.attached(key, { ips: [] });
  await collectAll();
  expect(deleted).toEqual([]);
  expect(store.attachments.get(key)?.state).toBe("attached");
});

test("an attachment that the runtime does not list goes with its port", async () => {
  begin();
  store.attachments.attached(key, { ips: [] });
  await nextMillisecond();
  await collectAll();
  expect(deleted).not.toEqual([]);
  expect(store.attachments.get(key)?.state).toBe("detached");
});

test("a port that an agent is just making ahead of pods stays, though its creation is not answered yet", async () => {
  const deviceId = "skynet:pool:1";
  listed = { ...port, device_id: deviceId };
  store.hotPorts.making("p", "pods", [deviceId]);
  await collectAll();
  expect(deleted).toEqual([]);
});

test("a waiting port that a pod takes while others are given up is the pod's", async () => {
  for (const id of ["1", "2"]) {
    store.hotPorts.making("p", "pods", [`skynet:pool:${id}`]);
    store.hotPorts.made(`skynet:pool:${id}`, id, {}, {});
  }
  for (const { id } of store.hotPorts.list()) store.hotPorts.move(id, "wiring", "hot");
  whileDeleting = () => {
    begin();
    store.hotPorts.claim("p", key);
  };
  using deadline = new Deadline("the test", 5);
  expect(await releaseHotPorts(worldUntil(deadline), "pods")).toEqual({ released: 1, failures: [] });
  expect(deleted).toEqual(["/v2.0/ports/1"]);
  expect(store.attachments.get(key)).toMatchObject({ portId: "2" });
});

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deadline } from "../deadline.ts";
import { silent } from "../log.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import { type FakeServer, fakePort, noauthNeutron, serve } from "../openstack/test-support.ts";
import { openStore, type Store } from "../state/index.ts";
import { reclaimAddresses } from "./reclaim.ts";
import type { AttachRequest } from "./request.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

let dir: string;
let store: Store;
let server: FakeServer;
/** Who has the address; undefined when it is free. */
let holder: Port | undefined;
/** Uids of the pods that the API server has, by their names. */
let pods: Record<string, string>;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "skynet-reclaim-"));
  store = openStore(dir);
  pods = {};
  server = await serve(({ method }) => {
    if (method === "GET") return { body: { ports: holder === undefined ? [] : [holder] } };
    holder = undefined;
    return { status: 204 };
  });
});
afterEach(async () => {
  store.close();
  rmSync(dir, { recursive: true });
  await server[Symbol.asyncDispose]();
});

const key = { network: "pods", containerId: "c1", ifname: "eth0", attempt: "1" };
const request = { key, pod: { namespace: "shop", name: "db-0", uid: "u2" } } as unknown as AttachRequest;
const target = {
  network: { id: "net-a" },
  fixedIps: [{ subnet_id: "sub-a", ip_address: "10.0.0.5" }],
} as unknown as Target;

function port(more: Partial<Port>): Port {
  return fakePort({
    id: "p1",
    name: "shop_web-0",
    tags: ["skynet", "skynet-cluster=k8s"],
    "binding:host_id": "node1",
    ...more,
  });
}

/** Whether the address of `of` was taken from it. */
async function isTaken(of: Port, policy = "pods"): Promise<boolean> {
  holder = of;
  using deadline = new Deadline("the test", 5);
  const getPod = async (_namespace: string, name: string) =>
    pods[name] === undefined ? undefined : { metadata: { uid: pods[name] } };
  const world = {
    config: { cluster_name: "k8s", hostname: "node1", neutron: { reclaim_ip: policy } },
    log: silent,
    store,
    neutron: noauthNeutron(server.url),
    kubernetes: async () => ({ getPod }),
    deadline,
  } as unknown as World;
  await reclaimAddresses(world, request, target).catch((error) => {
    expect(error).toMatchObject({ name: "CniError" });
  });
  return holder === undefined;
}

test.each<[string, Partial<Port>, string | undefined, boolean]>([
  ["a pod that is gone", {}, undefined, true],
  ["a living pod", {}, "u1", false],
  ["this very pod, by its tag", { tags: ["skynet", "skynet-cluster=k8s", "skynet-uid=u2"] }, "u1", true],
  ["this very pod, by the description", { description: "skynet-uid=u2" }, "u1", true],
  ["another pod of the name, by the description", { description: "skynet-uid=old" }, "u1", true],
  ["the living pod of the description", { description: "skynet-uid=u1" }, "u1", false],
  [
    "the living pod of the description, whose port had this pod's tag",
    { description: "skynet-uid=u1", tags: ["skynet", "skynet-cluster=k8s", "skynet-uid=u2"] },
    "u1",
    false,
  ],
  ["no pod of ours", { tags: [] }, undefined, false],
  ["a port without a pod, unknown to the store", { device_id: "skynet:pool:1" }, "u1", true],
  [
    "a port without a pod on another node, which alone knows whether that is so",
    { device_id: "skynet:pool:1", "binding:host_id": "node2" },
    undefined,
    false,
  ],
  [
    "a pod of another node that is gone, whose port another pod may have by now",
    { description: "skynet-uid=u1", "binding:host_id": "node2" },
    undefined,
    false,
  ],
  [
    "a pod of another node that is gone, and its port with it",
    { tags: ["skynet", "skynet-cluster=k8s", "skynet-uid=u1"], "binding:host_id": "node2" },
    undefined,
    true,
  ],
])("the address of %s", async (_name, more, livingUid, taken) => {
  if (livingUid !== undefined) pods["web-0"] = livingUid;
  expect(await isTaken(port(more))).toBe(taken);
});

/** The port is one of a pool. */
function makeHot(): void {
  store.hotPorts.making("p", "pods", ["skynet:pool:1"]);
  store.hotPorts.made("skynet:pool:1", "p1", {}, {});
  for (const { id } of store.hotPorts.list()) store.hotPorts.move(id, "wiring", "hot");
}

test.each(["pods", "any"])(
  "a port that waits for a pod is given up first, so that no pod gets it: %s",
  async (policy) => {
    makeHot();
    expect(await isTaken(port({ device_id: "skynet:pool:1" }), policy)).toBe(true);
    expect(store.hotPorts.list()).toMatchObject([{ state: "leaving" }]);
  },
);

test("a port keeps its pod before Neutron was told of it, whatever Neutron says", async () => {
  makeHot();
  const intent = { deviceId: "skynet:c1:eth0", netns: "", pod: {}, expiresAt: Date.now() + 60_000 };
  store.attachments.begin(key, intent);
  store.hotPorts.claim("p", key);
  expect(await isTaken(port({ device_id: "skynet:pool:1" }))).toBe(false);
  store.attachments.attached(key, {});
  expect(await isTaken(port({ device_id: "skynet:pool:1" }))).toBe(false);
  expect(await isTaken(port({ name: "shop_gone" }))).toBe(false);
});

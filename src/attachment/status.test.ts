import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenStackError, type OpenStackErrorKind } from "../openstack/errors.ts";
import { openStore, type Store } from "../state/index.ts";
import { recordFailure, recordSuccess, status } from "./status.ts";
import type { World } from "./world.ts";

let folder: string;
let store: Store;
let pings: number;
/** What Neutron says to the next ping. */
let neutron: OpenStackError | undefined;
let problems: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skynet-status-"));
  store = openStore(folder);
  pings = 0;
  neutron = undefined;
  problems = [];
});

test("a node whose network is damaged says so before anything else", async () => {
  problems = ["the NIC eth1 (plugin.trunk_nic) is missing"];
  await expect(status(world())).rejects.toMatchObject({ code: 51, message: expect.stringContaining("eth1") });
  expect(pings).toBe(0);
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

test("Neutron is asked once in a while, not every time", async () => {
  await status(world());
  await status(world());
  expect(pings).toBe(1);
});

test("an absent Neutron is said at once, and believed", async () => {
  neutron = failure("unreachable");
  await expect(status(world())).rejects.toMatchObject({ code: 50, message: neutron.message });
  neutron = undefined;
  await expect(status(world())).rejects.toMatchObject({ code: 50 });
});

test("an ADD that went through disproves it", async () => {
  neutron = failure("unreachable");
  await expect(status(world())).rejects.toMatchObject({ code: 50 });
  recordSuccess(world());
  await status(world());
  expect(pings).toBe(1);
});

test("a Neutron that is slow once is not absent", async () => {
  neutron = failure("timeout");
  await status(world());
  expect(pings).toBe(1);
});

test("a full quota keeps the node unavailable until a pod comes through", async () => {
  recordFailure(world(), failure("quota"));
  await expect(status(world())).rejects.toMatchObject({ code: 50 });
  recordSuccess(world());
  await status(world());
});

test("with a port ready, a pod can start whatever becomes of Neutron: of this CNI network, and while an agent keeps it", async () => {
  neutron = failure("unreachable");
  store.hotPorts.adopted({ pool: "p", network: "skynet", deviceId: "d", state: "hot", portId: "1" });
  const kept = { agent: { hotPorts: {} } } as unknown as Partial<World>;
  await status({ ...world(), ...kept });
  const other = { ...kept, config: { name: "other" } } as Partial<World>;
  await expect(status({ ...world(), ...other })).rejects.toMatchObject({ code: 50 });
  await expect(status(world())).rejects.toMatchObject({ code: 50 });
});

test("a failure that concerns one pod alone is not remembered", async () => {
  recordFailure(world(), failure("addressInUse"));
  await status(world());
});

function failure(kind: OpenStackErrorKind): OpenStackError {
  return new OpenStackError({ service: "neutron", kind, said: "no", hint: "wait" });
}

function world(): World {
  const ping = async () => {
    pings += 1;
    if (neutron) throw neutron;
  };
  const deadline = { signal: AbortSignal.timeout(1_000) };
  const wiring = { problems: async () => problems };
  return {
    store,
    ping,
    wiring,
    deadline,
    endpointKey: "one",
    config: { name: "skynet" },
  } as unknown as World;
}

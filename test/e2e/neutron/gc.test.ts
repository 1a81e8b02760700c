import { afterEach, beforeEach, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { type Attached, type PodWish, type Port, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

const base = { cniVersion: "1.1.0", name: "collected" };

/** The pods' ports, in order; undefined where there is none. */
function portsOf(attached: readonly Attached[]): Promise<(Port | undefined)[]> {
  return Promise.all(attached.map(({ pod }) => scene.portOf(pod)));
}

/** Whether each pod's host end is on its node. */
async function plugged(attached: readonly Attached[]): Promise<boolean[]> {
  const links = await Promise.all([1, 2].map((index) => scene.lab.node(index).links()));
  const names = links.flat().map(({ ifname }) => ifname);
  return attached.map(({ result }) => names.includes(result.interfaces[0]?.name ?? ""));
}

function valid(...attached: Attached[]): { containerId: string; ifname: string }[] {
  return attached.map(({ pod }) => ({ containerId: pod.containerId, ifname: "eth0" }));
}

function attachAll(wishes: readonly PodWish[]): Promise<Attached[]> {
  return Promise.all(wishes.map((wish) => scene.attach(wish)));
}

test("GC removes what the runtime does not list, and nothing of other networks, clusters and hosts", async () => {
  const config = { ...base, state_dir: await scene.stateDir() };
  const [kept, ...rest] = await attachAll([
    { config },
    { config },
    { config },
    { config: { ...config, name: "another" } },
    { config: { ...config, cluster_name: "other", state_dir: await scene.stateDir() } },
    { config: { ...config, state_dir: await scene.stateDir(2) }, node: 2 },
  ]);
  if (!kept) throw new Error("nothing was attached");
  const gone = rest.slice(0, 2);
  const spared = [kept, ...rest.slice(2)];
  const before = await portsOf(spared);

  await kept.runtime.gc(valid(kept));
  expect(await portsOf(gone)).toEqual([undefined, undefined]);
  expect(await plugged(gone)).toEqual([false, false]);
  expect(await portsOf(spared)).toEqual(before);
  expect(await plugged(spared)).toEqual([true, true, true, true]);
  await Promise.all(spared.map(({ runtime, pod }) => runtime.check(pod)));
  expect(await kept.pod.ping("10.50.0.1")).toBe(2);
});

test("GC after the store was lost: the runtime's list and Neutron's tags say what stays", async () => {
  const stateDir = await scene.stateDir();
  const config = { ...base, state_dir: stateDir };
  const [kept, gone, another] = await attachAll([
    { config },
    { config },
    { config: { ...config, name: "another" } },
  ]);
  if (!kept || !gone || !another) throw new Error("three pods were attached");
  await rm(stateDir, { recursive: true });

  await kept.runtime.gc(valid(kept));
  expect(await scene.portOf(gone.pod)).toBeUndefined();
  expect(await plugged([gone, kept, another])).toEqual([false, true, true]);
  await Promise.all([kept, another].map(({ runtime, pod }) => runtime.check(pod)));
  expect(await Promise.all([kept, another].map(({ pod }) => pod.ping("10.50.0.1")))).toEqual([2, 2]);
  await Promise.all([kept, another].map(({ runtime, pod }) => runtime.del(pod)));
  expect(await portsOf([kept, another])).toEqual([undefined, undefined]);
  expect(await plugged([kept, another])).toEqual([false, false]);
});

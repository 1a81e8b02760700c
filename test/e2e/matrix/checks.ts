/** What is tried in every cell: one small function each. What one answers is shown in the table in place of a tick. */
import { expect } from "bun:test";
import type { CellScene, Member } from "./cell-scene.ts";
import { type CheckId, isFiltered } from "./cells.ts";
import { damages } from "./damages.ts";
import { behindGateway, withGateway } from "./gateway.ts";
import { groupsAreEnforced, groupsAreImpossible, groupsAreRefused } from "./groups.ts";
import { marksOnWire } from "./wire.ts";

export type Check = (scene: CellScene) => Promise<string | undefined>;

export const checks: Record<CheckId, Check> = {
  "one node": async ({ a1, a2 }) => {
    await reaches(a1, a2.ip4);
    await reaches(a2, a1.ip4);
    return undefined;
  },
  "two nodes": async ({ a1, b }) => {
    await reaches(a1, b.ip4);
    await reaches(b, a1.ip4);
    return undefined;
  },
  gateway: async (scene) => {
    await using gateway = await withGateway(scene, 4);
    await reaches(scene.a1, gateway.address);
    await reaches(scene.a1, behindGateway[4]);
    return undefined;
  },
  IPv6: async (scene) => {
    await reaches(scene.a1, scene.a2.ip6);
    await reaches(scene.b, scene.a1.ip6);
    await using gateway = await withGateway(scene, 6);
    await reaches(scene.a1, gateway.address);
    await reaches(scene.a1, behindGateway[6]);
    return undefined;
  },
  MTU: fullSizedPackets,
  wire: marksOnWire,
  isolated: isolation,
  groups: (scene) => {
    if (!isFiltered(scene.cell)) return groupsAreRefused(scene);
    return scene.cell.withoutZones ? groupsAreImpossible(scene) : groupsAreEnforced(scene);
  },
  CHECK: async ({ members }) => {
    await Promise.all(members.map(({ runtime, pod }) => runtime.check(pod)));
    return undefined;
  },
  damage: async (scene) => {
    const { runtime, pod } = scene.a2;
    for (const { harm, complaint } of damages(scene.cell)) {
      await harm(scene, scene.a2);
      await expect(runtime.check(pod)).rejects.toThrow(complaint(scene.a2));
    }
    return undefined;
  },
  DEL: async ({ members, before }) => {
    await Promise.all(members.map(({ runtime, pod }) => runtime.del(pod)));
    expect(await before.leaks()).toEqual([]);
    // A runtime may repeat it, also when it has forgotten what it was told.
    await Promise.all(members.map(({ runtime, pod }) => runtime.del(pod, { forgotten: true })));
    return undefined;
  },
};

async function reaches(from: Member, address: string): Promise<void> {
  expect({ from: from.pod.name, address, replies: await from.pod.ping(address) }).toEqual({
    from: from.pod.name,
    address,
    replies: 2,
  });
}

/** Packets as large as the network's MTU pass in one piece, on the node and between nodes; one byte more is too much. */
async function fullSizedPackets({ a1, a2, b }: CellScene): Promise<string> {
  const link = (await a1.pod.links()).find(({ ifname }) => ifname === "eth0");
  const mtu = link?.mtu ?? 0;
  const headers = 28;
  const passes = async (address: string, size: number) => {
    const ping = ["ping", "-n", "-c2", "-i0.2", "-W2", "-M", "do", "-s", `${size - headers}`, address];
    return (await a1.pod.attempt(ping)).exitCode === 0;
  };
  for (const { ip4 } of [a2, b]) {
    expect({ ip4, fits: await passes(ip4, mtu), more: await passes(ip4, mtu + 1) }).toEqual({
      ip4,
      fits: true,
      more: false,
    });
  }
  return `${mtu}`;
}

/**
 * A pod of another network puts on an address of this one's subnet and speaks with it, so that nothing but the wiring
 * keeps them apart. The control: a pod of this network, on the same node, does the same and is answered.
 */
async function isolation({ a1, a2, b, stranger, place }: CellScene): Promise<undefined> {
  const [control, foreign] = place.spare;
  expect(await repliesTo(a2, control, [a1, b])).toEqual([2, 2]);
  expect(await repliesTo(stranger, foreign, [a1, b])).toEqual([0, 0]);
  return undefined;
}

/** How many replies of two each target sends to a pod that has put on `address` (with prefix length). */
async function repliesTo({ pod }: Member, address: string, targets: readonly Member[]): Promise<number[]> {
  const from = address.replace(/\/.*/, "");
  await pod.run(["ip", "addr", "add", address, "dev", "eth0"]);
  try {
    return await Promise.all(targets.map(({ ip4 }) => pod.ping(ip4, { from })));
  } finally {
    await pod.run(["ip", "addr", "del", address, "dev", "eth0"]);
  }
}

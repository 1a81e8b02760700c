/** Many pods at once: ten on one node, spread over three networks, attached together and detached together. */
import { describe, expect, test } from "bun:test";
import { Lab } from "../../../lab/lab.ts";
import type { Pod } from "../../../lab/pod.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import type { Result } from "../../../src/cni/result.ts";
import type { Scene } from "../neutron/scene.ts";
import { crowds, type LabName, type SeededName, type Setup } from "./cells.ts";
import { configOf, nodesOf, openScene, startSwitches } from "./places.ts";
import { Remains } from "./remains.ts";

const SIZE = 10;
const TEST_TIMEOUT = 400_000;

interface Guest {
  readonly pod: Pod;
  readonly runtime: Runtime;
}

export function testCrowds(lab: LabName): void {
  describe(`${SIZE} pods on three networks at once come and go`, () => {
    for (const crowd of crowds.filter((each) => each.lab === lab)) {
      test(`${crowd.wiring} ${crowd.partner}`, () => comeAndGo(crowd, crowd.networks), TEST_TIMEOUT);
    }
  });
}

async function comeAndGo(setup: Setup, networks: readonly SeededName[]): Promise<void> {
  const lab = Lab.attach();
  const nodes = nodesOf(lab, setup);
  await startSwitches(lab, setup, nodes);
  const scene = await openScene(lab);
  try {
    const guests = await Promise.all(
      Array.from({ length: SIZE }, (_, index) => invite(scene, setup, networks[index % networks.length])),
    );
    const before = await Remains.take(lab, setup, nodes);
    const added = await Promise.allSettled(guests.map(({ runtime, pod }) => runtime.add(pod)));
    expect(complaints(added)).toEqual([]);
    const addresses = added.map((each) => addressOf(each.status === "fulfilled" ? each.value : {}));
    expect(new Set(addresses).size).toBe(SIZE);
    await eachReachesTheNext(guests, addresses, networks.length);
    const deleted = await Promise.allSettled(guests.map(({ runtime, pod }) => runtime.del(pod)));
    expect(complaints(deleted)).toEqual([]);
    // What Neutron was too slow for within a DEL's time is in the journal.
    await scene.drainJournal(nodes[0]);
    expect(await before.leaks()).toEqual([]);
  } finally {
    await scene.close();
  }
}

async function invite(scene: Scene, setup: Setup, network: SeededName = "flat1"): Promise<Guest> {
  const [node] = nodesOf(scene.lab, setup);
  const annotations = { "skynet/network_id": scene.lab.seeded[network].id };
  const config = configOf(scene.lab, setup, node);
  return scene.prepare({ node, annotations, config });
}

/** The pods stand network by network: the next one of a pod's own network is as many places on as there are networks. */
async function eachReachesTheNext(
  guests: readonly Guest[],
  addresses: readonly string[],
  networks: number,
): Promise<void> {
  const pairs = guests.slice(networks).map(({ pod }, index) => ({ pod, address: addresses[index] ?? "" }));
  const replies = await Promise.all(pairs.map(({ pod, address }) => pod.ping(address, { timeout: 3 })));
  expect(replies).toEqual(pairs.map(() => 2));
}

function complaints(endings: readonly PromiseSettledResult<unknown>[]): string[] {
  return endings.flatMap((ending) => (ending.status === "rejected" ? [String(ending.reason)] : []));
}

function addressOf(result: object): string {
  const [first] = (result as Partial<Result>).ips ?? [];
  return first?.address.split("/")[0] ?? "";
}

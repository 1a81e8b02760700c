import type { Fleet } from "./fleet.ts";
import type { FleetNode } from "./node.ts";
import { type Story, Tally } from "./scenario.ts";

/** How long pods of redeployments live, and how long there are none: longer than the pools' cooldown. */
const LIFE_MS = 45_000;
/** From the new pod's port until the old pod is deleted: it becomes ready first. */
const READY_AFTER_MS = 5_000;

/** All agents start at the same moment, with nothing in their stores. */
export const firstStart: Story = async (fleet, told) => {
  await fleet.count();
  await start(fleet);
  told.warm = await fleet.until((node) => node.isWarm);
};

/** Power is lost while pools are warm, and all nodes are up again at the same moment. */
export const powerCut: Story = async (fleet, told) => {
  await warmUp(fleet);
  await Promise.all(fleet.nodes.map((node) => node.reboot()));
  await fleet.time.sleep(60_000);
  await firstStart(fleet, told);
};

/** @param podsPerNode which come to every node at the same moment */
export function wave(podsPerNode: number): Story {
  return async (fleet, told) => {
    await warmUp(fleet);
    await fleet.count();
    await eachNode(fleet, (node) => addPods(node, podsPerNode, told));
  };
}

/**
 * A rolling update: on every node pods come one after another, at random, and each replaces one.
 *
 * @param replaced how many on each node
 * @param everyMs between two of one node, on average
 */
export function rollingUpdate(
  podsPerNode: number,
  replaced: number,
  everyMs: number,
  meanwhile?: Meanwhile,
): Story {
  return async (fleet, told) => {
    await warmUp(fleet);
    const pods = new Map<FleetNode, string[]>();
    const before = new Tally(fleet.time);
    await eachNode(fleet, async (node) => void pods.set(node, await addPods(node, podsPerNode, before)));
    await fleet.time.sleep(300_000);
    await fleet.count();
    const other = meanwhile?.(fleet);
    await eachNode(fleet, (node) => {
      const times = { count: replaced, everyMs };
      return replace(node, pods.get(node) ?? [], times, fleet, told);
    });
    await other;
  };
}

/** All pods of all nodes come, live for a while, and go, again and again: each round has the ports of the one before. */
export function redeployments(podsPerNode: number, rounds: number): Story {
  return async (fleet, told) => {
    await warmUp(fleet);
    await fleet.count();
    for (let round = 0; round < rounds; round++) {
      await eachNode(fleet, async (node) => {
        const pods = await addPods(node, podsPerNode, told);
        await fleet.time.sleep(LIFE_MS);
        await Promise.all(pods.map((pod) => told.del(node, pod)));
        await fleet.time.sleep(LIFE_MS);
      });
    }
  };
}

/** What happens beside a rolling update. */
export type Meanwhile = (fleet: Fleet) => Promise<void>;

/** Neutron answers every call with 503 for a while. */
export function refusing(afterMs: number, forMs: number): Meanwhile {
  return async (fleet) => {
    await fleet.time.sleep(afterMs);
    await fleet.refuse(true);
    await fleet.time.sleep(forMs);
    await fleet.refuse(false);
  };
}

async function start(fleet: Fleet): Promise<void> {
  await eachNode(fleet, (node) => node.start());
}

/** Pools are warm, and the start's other work is done. */
async function warmUp(fleet: Fleet): Promise<void> {
  await start(fleet);
  await fleet.time.sleep(15_000);
  await fleet.until((node) => node.isWarm && node.isQuiet);
}

async function eachNode(fleet: Fleet, work: (node: FleetNode) => Promise<unknown>): Promise<void> {
  await Promise.all(fleet.nodes.map(work));
}

function addPods(node: FleetNode, count: number, told: Tally): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => told.add(node)));
}

async function replace(
  node: FleetNode,
  pods: string[],
  { count, everyMs }: { count: number; everyMs: number },
  { time }: Fleet,
  told: Tally,
): Promise<void> {
  const work: Promise<void>[] = [];
  for (let done = 0; done < count; done++) {
    await time.sleep(2 * Math.random() * everyMs);
    work.push(
      (async () => {
        pods.push(await told.add(node));
        await time.sleep(READY_AFTER_MS);
        const old = pods.shift();
        if (old !== undefined) await told.del(node, old);
      })(),
    );
  }
  await Promise.all(work);
}

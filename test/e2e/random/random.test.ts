/**
 * Operations by chance on two nodes, with kills and with faults of Neutron; after each round, everything that is attached
 * works, and nothing else is left. Runs inside a lab's control namespace.
 *
 * - `SKYNET_SEED`: decides everything but the timing; printed when it is not given
 * - `SKYNET_ROUNDS`: rounds of each kind of node
 * - `SKYNET_SOAK`: set, 2,000 operations and more
 */
import { expect, test } from "bun:test";
import { Lab } from "../../../lab/lab.ts";
import { bridgeName } from "../../../src/wiring/names.ts";
import { CLUSTER, NETWORK, openArena } from "./arena.ts";
import { Foreign } from "./foreign.ts";
import { findViolations, takeBaseline } from "./invariants.ts";
import { carryOut } from "./operations.ts";
import { Planner } from "./plan.ts";
import { Random } from "./random.ts";
import { report } from "./report.ts";
import { giveUpEverything, settle } from "./settle.ts";

const CALLS_PER_ROUND = 50;
const PODS_PER_NODE = 12;
const seed = Number(Bun.env.SKYNET_SEED ?? Date.now() % 2 ** 32);
const soak = (Bun.env.SKYNET_SOAK ?? "") !== "";
/** Milliseconds for one test. */
const TIMEOUT = soak ? 3_600_000 : 600_000;

test.each([
  ["skynet itself wires the uplink", "none", rounds(soak ? 30 : 4)],
  ["Neutron's agent owns the bridge", "required", rounds(soak ? 15 : 2)],
] as const)(
  "kills and faults leave nothing behind: %s",
  async (_, agent, count) => {
    console.log(`SKYNET_SEED=${seed}, ${count} rounds of ${CALLS_PER_ROUND} operations`);
    const arena = await openArena(Lab.attach(), agent);
    const agentBridge = agent === "required" ? bridgeName(arena.lab.seeded.flat1.id) : undefined;
    const foreign = await Foreign.create({
      ...arena,
      cluster: CLUSTER,
      network: NETWORK,
      agentBridge: () => agentBridge,
    });
    const baseline = await takeBaseline(arena, foreign);
    const random = new Random(seed);
    const planner = new Planner(random, PODS_PER_NODE);
    const demand = async (found: readonly string[]) => {
      if (found.length > 0) throw new Error(await report(arena, seed, found));
    };
    const atRest = async () => {
      await demand(await settle(arena, random));
      await demand(await findViolations(arena, foreign, baseline));
    };
    try {
      for (let round = 1; round <= count; round++) {
        await demand(await carryOut(arena, planner.round(CALLS_PER_ROUND)));
        await atRest();
        arena.model.forgetGone();
      }
      giveUpEverything(arena);
      await atRest();
    } catch (error) {
      // The test after this one shall not trip over what is left.
      giveUpEverything(arena);
      await settle(arena, random);
      throw error;
    } finally {
      await foreign.remove();
    }
    console.log(`${arena.log.calls} operations: ${arena.log.summary}`);
    expect(arena.log.calls).toBeGreaterThanOrEqual(count * CALLS_PER_ROUND);
  },
  TIMEOUT,
);

function rounds(usually: number): number {
  return Number(Bun.env.SKYNET_ROUNDS ?? usually);
}

/**
 * Agents, plugins, Neutron, the API server and Open vSwitch die or freeze by chance while pods come and go on two nodes;
 * after each round everything is back, agrees, and works. Runs inside a lab's control namespace, on the simulator or on
 * real Neutron, with one node of kind linuxbridge and one of kind openvswitch.
 *
 * - `SKYNET_KILL_SEED`: decides everything but the timing; printed when it is not given
 * - `SKYNET_KILL_ROUNDS`: how many
 * - `SKYNET_KILL_AGENTS`: `off` has the plugins do the whole job
 * - `SKYNET_SOAK`: set, 1,000 rounds, or 50 on real Neutron
 */
import { expect, test } from "bun:test";
import { Lab } from "../../../lab/lab.ts";
import { Random } from "../random/random.ts";
import { type Arena, closeArena, openArena } from "./arena.ts";
import { settle, takeBaseline } from "./judge.ts";
import { report } from "./report.ts";
import { playRound, startAnchors, stopEverything } from "./round.ts";

const lab = Lab.attach();
const real = lab.backend !== "simulator";
const soak = (Bun.env.SKYNET_SOAK ?? "") !== "";
const seed = Number(Bun.env.SKYNET_KILL_SEED ?? Date.now() % 2 ** 32);
const rounds = Number(Bun.env.SKYNET_KILL_ROUNDS ?? (soak ? (real ? 50 : 1_000) : real ? 3 : 20));
const agents = Bun.env.SKYNET_KILL_AGENTS !== "off";
const LONGEST_LINE = 400;
/** Rounds between two words of how far it is. */
const PROGRESS_EVERY = real ? 5 : 50;
/** Milliseconds: many times what it takes. */
const TIMEOUT = 600_000 + rounds * (real ? 120_000 : 20_000);

test(
  `whatever dies in ${rounds} rounds: nothing is lost, and nothing is left`,
  async () => {
    console.log(`SKYNET_KILL_SEED=${seed}, ${rounds} rounds`);
    const random = new Random(seed);
    const arena = await openArena(lab, agents, random);
    const began = performance.now();
    try {
      const baseline = await takeBaseline(arena);
      for (const { agent } of arena.sites) await agent?.start();
      const atRest = async (last = false) => {
        const found = await settle(arena, baseline, last);
        if (found.length > 0) throw new Error(await report(arena, seed, found));
      };
      await told(arena, startAnchors(arena, random));
      await atRest();
      while (arena.round < rounds) {
        await told(arena, playRound(arena, random));
        await atRest();
        if (arena.round % PROGRESS_EVERY === 0) {
          const minutes = (performance.now() - began) / 60_000;
          console.log(`${arena.round} rounds in ${minutes.toFixed(1)} min`);
        }
      }
      await told(arena, stopEverything(arena, random));
      await atRest(true);
    } catch (error) {
      // What comes after this shall not trip over what is left.
      await stopEverything(arena, random).catch(() => undefined);
      throw error;
    } finally {
      await closeArena(arena);
    }
    const seconds = (performance.now() - began) / 1000;
    console.log(`${rounds} rounds in ${seconds.toFixed(0)} s; ${arena.tally.text}`);
    console.log(`${arena.log.calls} operations: ${arena.log.summary}`);
    for (const line of arena.log.about("not settled yet")) console.log(line.slice(0, LONGEST_LINE));
    expect(arena.log.calls).toBeGreaterThan(rounds);
  },
  TIMEOUT,
);

/** What never came to be is reported with everything else that is known. */
async function told(arena: Arena, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new Error(await report(arena, seed, [...arena.violations, String(error)]), { cause: error });
  }
}

/** The verbs, by everybody in turns. */
import type { Lab } from "../../lab/lab.ts";
import type { SkynetAgent } from "./agents.ts";
import { type Contestant, call, type Field, withState } from "./contestants.ts";
import { type Attached, attach, detach, measured, newPod, newPods, orderOf } from "./pods.ts";
import { Results } from "./results.ts";
import { runOnce, timed } from "./timing.ts";

const WARM_UP_ROUNDS = 5;
const COLD_RUNS = 10;
const AT_ONCE = 50;
const ROUNDS_AT_ONCE = 6;
const SHORT_RUNS = 40;

/** Where it is measured. */
export interface Ground {
  readonly lab: Lab;
  readonly all: Field["all"];
  /** Of those contestants that have one. */
  readonly agents: readonly SkynetAgent[];
}

/** @param count rounds of one ADD and one DEL by each */
export async function measureVerbs(ground: Ground, count: number): Promise<Results> {
  const { lab, all } = ground;
  // A pod of each that stays: its bridge is there, as on every node but an empty one.
  const residents = await Promise.all(
    all.map(async (one, position) => attach(one, await newPod(lab, `resident${position}`))),
  );
  await inTurns(ground, new Results(), WARM_UP_ROUNDS);
  const results = new Results();
  await inTurns(ground, results, count);
  await withoutCaches(ground, results);
  await atOnce(ground, results);
  await shortVerbs(ground, results);
  for (const { value } of residents) await detach(value);
  return results;
}

/** One pod each, ADD by ADD and DEL by DEL, again and again. */
async function inTurns(ground: Ground, into: Results, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    await calm(ground, { cooled: true });
    const attached: Attached[] = [];
    for (const contestant of orderOf(ground.all, round)) {
      const pod = await newPod(ground.lab, `pod${attached.length}`);
      await calm(ground);
      attached.push(await measured(into, "ADD", contestant, () => attach(contestant, pod)));
    }
    await calm(ground);
    for (const one of attached) await measured(into, "DEL", one.contestant, () => detach(one));
  }
}

async function withoutCaches({ lab, all: [linuxbridge] }: Ground, into: Results): Promise<void> {
  for (let run = 0; run < COLD_RUNS; run++) {
    const fresh = withState(linuxbridge, linuxbridge.node.path(`state-${run}`));
    const pod = await newPod(lab, "pod0");
    await detach(await measured(into, "ADD, nothing cached", fresh, () => attach(fresh, pod)));
  }
}

async function atOnce(ground: Ground, into: Results): Promise<void> {
  for (let round = 0; round < ROUNDS_AT_ONCE; round++) {
    for (const contestant of orderOf(ground.all, round)) {
      const pods = await newPods(ground.lab, AT_ONCE);
      await calm(ground, { cooled: true });
      const attached = await measured(into, `${AT_ONCE} ADDs at once`, contestant, () =>
        timed(() => Promise.all(pods.map((pod) => attach(contestant, pod)))),
      );
      await calm(ground);
      await measured(into, `${AT_ONCE} DELs at once`, contestant, () =>
        timed(() => Promise.all(attached.map(({ value }) => detach(value)))),
      );
    }
  }
}

/** What runtimes ask now and then; and, to know what measuring itself costs, a program that does nothing. */
async function shortVerbs(ground: Ground, into: Results): Promise<void> {
  const { all } = ground;
  const [linuxbridge] = all;
  const bridge = all.find(({ name }) => name === linuxbridge.beside);
  const started = [{ ...linuxbridge, name: "skynet" }, ...(bridge ? [bridge] : [])];
  const { namespace } = linuxbridge.node;
  await calm(ground, { cooled: true });
  for (let run = 0; run < SHORT_RUNS; run++) {
    for (const contestant of orderOf(all.filter(isSkynet), run)) {
      const asked = { ...contestant, network: { ...contestant.network, cniVersion: "1.1.0" } };
      await measured(into, "STATUS", contestant, () => call(asked, "STATUS"));
    }
    for (const contestant of run % 2 === 0 ? started : started.toReversed()) {
      await measured(into, "VERSION", contestant, () => call(contestant, "VERSION"));
    }
    const nothing = { name: "/bin/true" };
    await measured(into, "nothing", nothing, () =>
      runOnce([nothing.name], { namespace, environment: {}, input: "" }),
    );
  }
}

function isSkynet({ network }: Contestant): boolean {
  return network.type === "skynet";
}

/** Ports are ready, and what agents do by themselves is not what is measured. */
async function calm({ agents }: Ground, options: { cooled?: boolean } = {}): Promise<void> {
  await Promise.all(agents.map((agent) => agent.calm(options)));
}

/**
 * Takes the measurements and prints them as JSON. `bun test/bench/main.ts` starts it where Neutron answers:
 * `measure.ts EXECUTABLE ROUNDS PART,…`.
 */
import { Lab } from "../../lab/lab.ts";
import { SkynetAgent, startNeutronsAgents } from "./agents.ts";
import { type Contestant, contestants } from "./contestants.ts";
import { measureDataPath } from "./data-path.ts";
import type { Findings, Part } from "./findings.ts";
import { makeRoom } from "./neutron-calls.ts";
import { measureRecycling } from "./recycling.ts";
import { measureResources } from "./resources.ts";
import { measureVerbs } from "./rounds.ts";

const [executable = "", rounds = "", parts = ""] = Bun.argv.slice(2);
const isAsked = (part: Part) => parts.split(",").includes(part);
const lab = Lab.attach();
const { all, recycling } = contestants(lab, executable, await makeRoom(lab.seeded.flat1.id));

const stopNeutronsAgents = await startNeutronsAgents([...all, ...recycling]);
try {
  console.log(JSON.stringify(await measure()));
} finally {
  await stopNeutronsAgents();
}

/** First what a new agent takes of the node: later it has grown by the work of the others. */
async function measure(): Promise<Findings> {
  const few = isAsked("recycling")
    ? { recycling: await withAgents([recycling[0]], ([agent]) => measureRecycling(lab, recycling, agent)) }
    : {};
  const ours = all.filter(({ hasAgent }) => hasAgent) as [Contestant, ...Contestant[]];
  const [first] = ours;
  return withAgents(ours, async (agents) => ({
    ...few,
    ...(isAsked("resources") ? { resources: await measureResources(lab, first, agents[0]) } : {}),
    ...(isAsked("verbs") ? { verbs: (await measureVerbs({ lab, all, agents }, Number(rounds))).series } : {}),
    ...(isAsked("data-path") ? { dataPath: await measureDataPath(lab, all.filter(isPathMeasured)) } : {}),
  }));
}

/** With macvlan there is no path of skynet's own. */
function isPathMeasured({ network }: Contestant): boolean {
  const { neutron_agent: agent } = (network.plugin ?? {}) as { neutron_agent?: string };
  return network.type === "bridge" || agent === "required";
}

/** Agents of all these while the work lasts. */
async function withAgents<T>(
  owners: readonly [Contestant, ...Contestant[]],
  work: (agents: [SkynetAgent, ...SkynetAgent[]]) => Promise<T>,
): Promise<T> {
  const agents: SkynetAgent[] = [];
  try {
    for (const owner of owners) agents.push(await SkynetAgent.start(owner));
    return await work(agents as [SkynetAgent, ...SkynetAgent[]]);
  } finally {
    for (const agent of agents) await agent.stop();
  }
}

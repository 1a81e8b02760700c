/**
 * Takes the measurements and prints them as JSON. `bun test/bench/main.ts` starts it where Neutron answers:
 * `measure.ts EXECUTABLE ROUNDS PART,…`.
 */
import { Lab } from "../../lab/lab.ts";
import { SkynetAgent, startNeutronsAgents } from "./agents.ts";
import { type Contestant, contestants, withFewPorts } from "./contestants.ts";
import { type DataPath, measureDataPath } from "./data-path.ts";
import type { Findings, Part } from "./findings.ts";
import { makeRoom } from "./neutron-calls.ts";
import { measureRecycling, type Recycling } from "./recycling.ts";
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

async function measure(): Promise<Findings> {
  return {
    ...(isAsked("recycling") && { recycling: await measureOneAfterAnother() }),
    ...(isAsked("data-path") && { dataPath: await measureTraffic() }),
    ...((["resources", "verbs"] as const).some(isAsked) && (await measureManyReady())),
  };
}

function measureOneAfterAnother(): Promise<Recycling> {
  return withAgents([recycling[0]], ([agent]) => measureRecycling(lab, recycling, agent));
}

function measureTraffic(): Promise<DataPath[]> {
  const those = all.filter(isPathMeasured).map(withFewPorts);
  return withAgents(agentOwners(those), () => measureDataPath(lab, those));
}

/** First what a new agent takes of the node: later it has grown by the work of the others. */
function measureManyReady(): Promise<Findings> {
  const owners = agentOwners(all);
  return withAgents(owners, async (agents) => ({
    ...(isAsked("resources") && { resources: await measureResources(lab, owners[0], agents[0]) }),
    ...(isAsked("verbs") && { verbs: (await measureVerbs({ lab, all, agents }, Number(rounds))).series }),
  }));
}

function agentOwners(some: readonly Contestant[]): [Contestant, ...Contestant[]] {
  return some.filter(({ hasAgent }) => hasAgent) as [Contestant, ...Contestant[]];
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

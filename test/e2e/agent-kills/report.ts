/** Everything that is needed to understand a violation, and to have it again. */
import type { Arena } from "./arena.ts";
import { memoryOf } from "./judge-neutron.ts";
import { floodsIntoTunnels } from "./tunnels.ts";

const OPERATIONS = 120;
const STRIKES = 30;
const API_CALLS = 60;
const AGENT_LINES = 60;

/** @param seed reproduces every decision, though not the moment at which a signal strikes */
export async function report(arena: Arena, seed: number, violations: readonly string[]): Promise<string> {
  const sections: [string, readonly string[]][] = [
    ["what must not be", violations],
    [`the last ${OPERATIONS} operations`, arena.log.last(OPERATIONS)],
    ["the last strikes", arena.log.about("strike: ").slice(-STRIKES)],
    ["what was done with those that are concerned", concerned(arena, violations)],
    ["what is flooded into tunnels", await floodsIntoTunnels(arena)],
    ...arena.sites.flatMap((site): [string, readonly string[]][] => {
      const { rows, hot, journal } = memoryOf(site);
      const host = site.node.hostname;
      return [
        [`${host}: attachments`, rows.map((row) => JSON.stringify(row))],
        [`${host}: ports without a pod`, hot.map((row) => JSON.stringify(row))],
        [`${host}: journal`, journal.map((row) => JSON.stringify(row))],
        [`${host}: agent`, site.agent ? [site.agent.log(AGENT_LINES)] : []],
      ];
    }),
    [`the last ${API_CALLS} calls of the API`, arena.real ? [] : await arena.cloud.latestCalls(API_CALLS)],
  ];
  const text = sections.map(([title, lines]) => `--- ${title}\n${lines.join("\n")}`).join("\n\n");
  return `${violations.length} violations in round ${arena.round}; SKYNET_KILL_SEED=${seed} decides the same again\n\n${text}\n`;
}

/** The whole story of each sandbox that a violation names, by its own name or its container's. */
function concerned({ log }: Arena, violations: readonly string[]): string[] {
  const names = new Set(
    violations.join("\n").match(/[a-z]+-(?:told|asked)[12]x\d+|(?<=skynet:)[0-9a-f]{13}/g),
  );
  return [...names].flatMap((name) => log.about(name));
}

/** Everything that is needed to understand a violation, and to have it again. */
import type { Arena } from "./arena.ts";
import { readStore } from "./invariants.ts";

const OPERATIONS = 80;
const API_CALLS = 60;

/** @param seed reproduces every decision, though not the moment at which a signal strikes */
export async function report(arena: Arena, seed: number, violations: readonly string[]): Promise<string> {
  const sections: [string, readonly string[]][] = [
    ["what must not be", violations],
    [`the last ${OPERATIONS} operations`, arena.log.last(OPERATIONS)],
    ["what was done with those that are concerned", concerned(arena, violations)],
    ...arena.sites.flatMap((site): [string, string[]][] =>
      readStore(site, (store) => [
        [`${site.node.hostname}: attachments`, store.attachments.list().map((row) => JSON.stringify(row))],
        [`${site.node.hostname}: journal`, store.journal.list().map((row) => JSON.stringify(row))],
      ]),
    ),
    [`the last ${API_CALLS} calls of the API`, await arena.cloud.latestCalls(API_CALLS)],
  ];
  const text = sections.map(([title, lines]) => `--- ${title}\n${lines.join("\n")}`).join("\n\n");
  return `${violations.length} violations; SKYNET_SEED=${seed} decides the same again\n\n${text}\n`;
}

/** The whole story of each sandbox that a violation names, by its own name or its container's. */
function concerned({ log, model }: Arena, violations: readonly string[]): string[] {
  const text = violations.join("\n");
  return model.all().flatMap(({ sandbox }) => {
    const named = text.includes(sandbox.containerId) || new RegExp(`\\b${sandbox.id}\\b`).test(text);
    return named ? log.about(`${sandbox.id} (`) : [];
  });
}

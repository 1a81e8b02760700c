/** One call of a plugin, as a runtime makes it; whatever becomes of it is written down, and what must never be is kept. */
import type { KillOptions, Outcome, Verb } from "../../../lab/plugin-process.ts";
import { NEVER } from "../random/judge.ts";
import { describeCall, endingOf } from "../random/log.ts";
import type { Tracked } from "../random/model.ts";
import type { Memory } from "../random/step.ts";
import type { Arena, NetworkName, Site } from "./arena.ts";

export interface AskedVerb {
  readonly verb: Exclude<Verb, "VERSION">;
  readonly network: NetworkName;
  /** None for GC and STATUS. */
  readonly tracked?: Tracked;
  readonly kill?: KillOptions | undefined;
  /** For DEL; default `all`. */
  readonly memory?: Memory;
}

export function siteOf({ sites }: Pick<Arena, "sites">, node: number): Site {
  const site = sites[node - 1];
  if (site === undefined) throw new RangeError(`there is no node ${node}`);
  return site;
}

/** Calls the plugin on a node. @returns however it ended; a violation of the contract is in `arena.violations` */
export async function perform(arena: Arena, node: 1 | 2, asked: AskedVerb): Promise<Outcome> {
  const { verb, network, tracked, kill, memory = "all" } = asked;
  const runtime = siteOf(arena, node).runtimes[network];
  const pod = verb === "ADD" ? await tracked?.podWithNetns(arena.lab) : await tracked?.pod(arena.lab);
  const knowsResult = verb === "CHECK" || (verb === "DEL" && memory === "all");
  const outcome = await runtime.call(verb, runtime.plugin, pod, {
    ...(kill ? { kill } : {}),
    ...(tracked ? { args: { K8S_POD_NAME: tracked.sandbox.podName } } : {}),
    ...(verb === "GC" ? { attachments: validAttachments(arena, node, network) } : {}),
    forgotten: memory === "nothing",
    prevResult: knowsResult ? (tracked?.result as Record<string, unknown> | undefined) : undefined,
  });
  const call = {
    verb,
    node,
    ...(tracked ? { sandbox: tracked.sandbox } : {}),
    ...(kill ? { kill } : {}),
    memory,
  };
  arena.log.ended(arena.round, call, outcome);
  if (isForbidden(outcome, kill))
    arena.violations.push(`${describeCall(call)}: ${endingOf(outcome)}\n${outcome.stderr.trim()}`);
  return outcome;
}

/** An error of the program, or no answer at all from a plugin that nobody killed. */
function isForbidden(outcome: Outcome, kill: KillOptions | undefined): boolean {
  if (outcome.kind === "error") return NEVER.includes(outcome.error.code);
  return outcome.kind === "crash" && !(kill !== undefined && outcome.signal !== null);
}

function validAttachments({ slots }: Arena, node: number, network: NetworkName) {
  return slots
    .filter((slot) => slot.node === node && slot.network === network)
    .flatMap(({ validContainers }) => validContainers)
    .map((containerID) => ({ containerID, ifname: "eth0" }));
}

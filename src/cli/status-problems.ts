/** What on a node needs somebody's attention, and what to do about it. Pure. */
import type { AgentState } from "../agent/state.ts";
import type { Config } from "../config/load.ts";
import type { AskedAgent } from "./ask-agent.ts";
import type { StoreState } from "./status-lines.ts";

/** A delete waits for longer than any restart of Neutron takes. */
const LONG_MS = 600_000;

export function problemsOf(
  { plugin }: Pick<Config, "plugin">,
  agent: AskedAgent,
  store: StoreState,
  now = Date.now(),
): string[] {
  if ("absent" in agent) return absenceProblems(plugin.agent, agent.absent, store);
  const { state, notReady } = agent;
  return [
    ...(notReady === undefined ? [] : [`the agent serves no pods: ${notReady}`]),
    ...state.neutron
      .filter(({ isUp }) => !isUp)
      .map(({ neutron }) => `${neutron} does not answer: look whether Neutron runs, and at the agent's log`),
    ...poolProblems(state),
    ...upkeepProblems(state, now),
  ];
}

function absenceProblems(mode: Config["plugin"]["agent"], absent: string, store: StoreState): string[] {
  const problems: string[] = [];
  if (mode === "required") {
    problems.push(
      `pods wait for the agent (plugin.agent is "required"), and ${absent}: start it (skynet agent)`,
    );
  }
  if (store.hotPorts.length > 0) {
    problems.push(
      `${store.hotPorts.length} ports wait in Neutron for pods and for an agent that hands them out: start it, or set plugin.agent to "off" and let the runtime's next GC delete them`,
    );
  }
  return problems;
}

function poolProblems({ hotPorts }: AgentState): string[] {
  return hotPorts.flatMap(({ networkName, networkId, lastFailure, pausedUntil }) => {
    if (lastFailure === undefined || pausedUntil === undefined) return [];
    const until = new Date(pausedUntil).toISOString();
    return [
      `no ports are made ready on network ${networkName ?? networkId} until ${until}: ${lastFailure.message}`,
    ];
  });
}

function upkeepProblems({ journal, kubernetes, reconciliation }: AgentState, now: number): string[] {
  const { watch } = kubernetes;
  return [
    ...(journal.oldestAt !== undefined && now - journal.oldestAt > LONG_MS
      ? [`deletes wait for more than ten minutes: ${journal.lastError ?? "see skynet journal"}`]
      : []),
    ...(watch?.synced === false
      ? [`the API server is away: ${watch.lastError?.message ?? "it has not answered yet"}`]
      : []),
    ...(reconciliation?.damaged ?? []).map(
      ({ key, pod, problems }) =>
        `${pod === undefined ? `container ${key.containerId}` : `pod ${pod}`} is damaged (${problems.join("; ")}): delete it to have it made anew`,
    ),
    ...(reconciliation?.failures ?? []).map((failure) => `could not be put right: ${failure}`),
  ];
}

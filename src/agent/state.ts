import { VERSION } from "../version.ts";
import type { Parts } from "./compose.ts";
import type { PoolSnapshot } from "./hot-ports/snapshot.ts";
import type { NeutronState } from "./metrics/neutron-meter.ts";
import type { NodePodsGauges } from "./node-pods.ts";
import type { AgentCore } from "./part.ts";
import type { Report } from "./reconcile/report.ts";

/** What the agent is at, for people: `/debug/state` on its socket, and `skynet status`. Times: milliseconds since the epoch. */
export interface AgentState {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: number;
  /** Bytes held in RAM. */
  readonly memory: number;
  readonly config: { readonly network: string; readonly hostname: string; readonly cluster: string };
  readonly calls: {
    readonly atWork: number;
    readonly adds: readonly { network: string; waiting: number; atWork: number }[];
    /** Work that goes on after answers. */
    readonly afterwards: number;
  };
  readonly hotPorts: readonly PoolSnapshot[];
  readonly claims: { readonly hit: number; readonly miss: number };
  readonly attachments: {
    readonly attaching: number;
    readonly attached: number;
    readonly detaching: number;
    /** Of which Neutron is still to be told whose they are. */
    readonly identityDue: number;
  };
  readonly journal: { readonly entries: number; readonly oldestAt?: number; readonly lastError?: string };
  readonly neutron: readonly NeutronState[];
  readonly kubernetes: NodePodsGauges;
  /** Undefined until the first comparison has ended. */
  readonly reconciliation: Report | undefined;
}

export function describeState(core: AgentCore, parts: Parts): AgentState {
  const { config, home, instruments, atWork, load } = core;
  const { store } = home.surroundings;
  const rows = store.attachments.list();
  const count = (state: string) => rows.filter((row) => row.state === state).length;
  const { pools, counters, identityDue } = parts.hotPorts.snapshot();
  return {
    version: VERSION,
    pid: process.pid,
    startedAt: Math.round(performance.timeOrigin),
    memory: process.memoryUsage.rss(),
    config: { network: config.name, hostname: config.hostname, cluster: config.cluster_name },
    calls: { atWork: atWork(), adds: load(), afterwards: parts.background.size },
    hotPorts: pools,
    claims: counters.claims,
    attachments: {
      attaching: count("attaching"),
      attached: count("attached"),
      detaching: count("detaching"),
      identityDue,
    },
    journal: describeJournal(core),
    neutron: instruments.neutron.states,
    kubernetes: parts.pods.gauges,
    reconciliation: parts.reconciler.lastReport,
  };
}

function describeJournal({ home }: AgentCore): AgentState["journal"] {
  const entries = home.surroundings.store.journal.list();
  const [oldest] = entries.toSorted((a, b) => a.createdAt - b.createdAt);
  const lastError = entries.findLast((entry) => entry.lastError !== undefined)?.lastError;
  return {
    entries: entries.length,
    ...(oldest === undefined ? {} : { oldestAt: oldest.createdAt }),
    ...(lastError === undefined ? {} : { lastError }),
  };
}

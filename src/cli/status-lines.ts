/** What `skynet status` says, in lines for people. Pure. */
import type { PoolSnapshot } from "../agent/hot-ports/snapshot.ts";
import type { AgentState } from "../agent/state.ts";
import type { AttachmentRecord, HotPortRecord, PendingDelete } from "../state/index.ts";
import { formatDuration } from "./age.ts";
import { type Column, formatTable } from "./table.ts";

/** A title and what is to be said under it. */
export type Line = readonly [title: string, text: string];

/** What an agent leaves behind. */
export interface StoreState {
  attachments: readonly AttachmentRecord[];
  hotPorts: readonly HotPortRecord[];
  journal: readonly PendingDelete[];
}

const HOT_PORT_COLUMNS: readonly Column[] = [
  { title: "HOT PORTS OF" },
  { title: "GROUPS" },
  { title: "READY", align: "right" },
  { title: "WANTED", align: "right" },
  { title: "BEING WIRED", align: "right" },
  { title: "COOLING", align: "right" },
  { title: "LEAVING", align: "right" },
  { title: "ASKED FOR" },
];

const MEGABYTE = 1_000_000;
/** Enough of an id to tell it from others. */
const SHORT_ID = 8;

export function stateLines(state: AgentState, notReady: string | undefined, now = Date.now()): Line[] {
  const since = formatDuration(now - state.startedAt);
  const memory = `${Math.round(state.memory / MEGABYTE)} MB`;
  return [
    [
      "AGENT",
      `${notReady ?? "ready"}; version ${state.version}, process ${state.pid}, for ${since}, ${memory}`,
    ],
    ...state.neutron.map((neutron): Line => ["NEUTRON", describeNeutron(neutron)]),
    ["KUBERNETES", describeKubernetes(state.kubernetes)],
    ["ATTACHMENTS", describeAttachments(state)],
    ["CLAIMS", `${state.claims.hit} pods found a port ready, ${state.claims.miss} did not`],
    ["JOURNAL", describeJournal(state.journal, now)],
    ["COMPARED", describeReconciliation(state, now)],
  ];
}

export function storeLines(absent: string, { attachments, hotPorts, journal }: StoreState): Line[] {
  return [
    ["AGENT", `not running: ${absent}`],
    ["ATTACHMENTS", `${attachments.length} in the store`],
    ["HOT PORTS", `${hotPorts.length} in the store`],
    ["JOURNAL", journal.length === 0 ? "empty" : `${journal.length} deletes wait`],
  ];
}

export function hotPortLines(pools: readonly PoolSnapshot[], now = Date.now()): string[] {
  const rows = pools.map(({ networkName, networkId, subnetId, securityGroups, counts, target, askedAt }) => [
    [
      networkName ?? networkId,
      ...(subnetId === undefined ? [] : [`subnet ${subnetId.slice(0, SHORT_ID)}`]),
    ].join(", "),
    securityGroups.map((id) => id.slice(0, SHORT_ID)).join(",") || "none",
    String(counts.hot),
    String(target),
    String(counts.making + counts.wiring),
    String(counts.cooling),
    String(counts.leaving),
    `${formatDuration(now - askedAt)} ago`,
  ]);
  return formatTable(HOT_PORT_COLUMNS, rows);
}

function describeNeutron({
  neutron,
  isUp,
  inFlight,
  waiting,
  backingOffMs,
}: AgentState["neutron"][number]): string {
  const queue = Object.values(waiting).reduce((sum, count) => sum + count, 0);
  const load = `${inFlight} calls under way, ${queue} waiting`;
  const pause =
    backingOffMs > 0 ? `; it asked for a pause, ${formatDuration(backingOffMs)} of it are left` : "";
  return `${neutron} ${isUp ? "answers" : "does not answer"}; ${load}${pause}`;
}

function describeKubernetes({ configured, watch, reports }: AgentState["kubernetes"]): string {
  if (configured === undefined) return "not connected yet";
  if (!configured || watch === undefined) return "not configured";
  const told = reports === undefined ? "" : `; ${reports.sent} reports told, ${reports.dropped} lost`;
  const known = `${watch.knownPods} pods`;
  return watch.synced ? `follows ${known}${told}` : `away; last knew ${known}${told}`;
}

function describeAttachments({ attachments }: AgentState): string {
  const { attached, attaching, detaching, identityDue } = attachments;
  const parts = [`${attached} attached`];
  if (attaching > 0) parts.push(`${attaching} being attached`);
  if (detaching > 0) parts.push(`${detaching} being removed`);
  if (identityDue > 0) parts.push(`Neutron is still to be told of ${identityDue}`);
  return parts.join(", ");
}

function describeJournal({ entries, oldestAt, lastError }: AgentState["journal"], now: number): string {
  if (entries === 0) return "empty";
  const age = oldestAt === undefined ? "" : `, the oldest for ${formatDuration(now - oldestAt)}`;
  return `${entries} deletes wait${age}${lastError === undefined ? "" : `: ${lastError}`}`;
}

function describeReconciliation({ reconciliation }: AgentState, now: number): string {
  if (reconciliation === undefined) return "not yet";
  const { began, ms, repairs, damaged, failures } = reconciliation;
  const found = [
    ...Object.entries(repairs).map(([kind, count]) => `${count} ${kind}`),
    ...(damaged.length > 0 ? [`${damaged.length} damaged`] : []),
    ...(failures.length > 0 ? [`${failures.length} not put right`] : []),
  ];
  const outcome = found.length === 0 ? "store, kernel and Neutron agree" : found.join(", ");
  return `${formatDuration(now - began)} ago in ${Math.round(ms)} ms: ${outcome}`;
}

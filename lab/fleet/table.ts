import type { Outcome } from "./scenario.ts";

/** A scenario's name and what came of it. */
export type Row = readonly [name: string, outcome: Outcome];

const HEAD = [
  "what happens",
  "pods a second",
  "port p50, s",
  "p99, s",
  "pools warm after, s",
  "POST",
  "PUT",
  "DELETE",
  "GET",
  "calls a pod",
  "Neutron busy",
  "for reads",
  "longest queue",
  "refused",
  "failed",
] as const;

/** A Markdown table, padded so that it can be read as it is. Calls by operation are a pod's, and a node's where no pods come. */
export function table(rows: readonly Row[], nodes: number): string {
  const lines = [HEAD, ...rows.map(([name, outcome]) => cells(name, outcome, nodes))];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = (line: readonly string[]) =>
    `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  const [head = [], ...body] = lines;
  return [text(head), rule, ...body.map(text)].join("\n");
}

function cells(name: string, outcome: Outcome, nodes: number): string[] {
  const { traffic, pods, podsMs, waits, warm, failures } = outcome;
  const { read, write } = traffic.load.busy_ms;
  const per = pods === 0 ? nodes : pods;
  const of = (method: string) => (sum(callsOf(outcome, method)) / per).toFixed(2);
  const [median, last] = [quantile(warm, 0.5), Math.max(0, ...warm)].map(seconds);
  return [
    name,
    podsPerSecond(pods, podsMs),
    pods === 0 ? "" : seconds(quantile(waits, 0.5)),
    pods === 0 ? "" : seconds(quantile(waits, 0.99)),
    warm.length === 0 ? "" : `${median}, all ${last}`,
    of("POST"),
    of("PUT"),
    of("DELETE"),
    of("GET"),
    pods === 0 ? "" : callsPerPod(outcome).toFixed(2),
    percent((read + write) / traffic.availableMs),
    percent(read / (read + write)),
    String(traffic.load.most_waiting),
    String(traffic.refused),
    String(failures),
  ];
}

/** Pods that wait for nothing take no time here: their nodes have no kernel. */
function podsPerSecond(pods: number, ms: number): string {
  if (pods === 0) return "";
  return ms === 0 ? "at once" : ((1000 * pods) / ms).toFixed(1);
}

/** Calls to Neutron for each pod that was given a port. */
export function callsPerPod(outcome: Outcome): number {
  return sum(Object.values(outcome.traffic.calls)) / outcome.pods;
}

function callsOf({ traffic }: Outcome, method: string): number[] {
  return Object.entries(traffic.calls).flatMap(([call, count]) =>
    call.startsWith(`${method} `) ? [count] : [],
  );
}

/** @param share from 0 to 1; of no values it is 0 */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(ms < 10_000 ? 2 : 0);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

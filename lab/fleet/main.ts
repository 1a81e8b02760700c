#!/usr/bin/env bun
/**
 * Many agents on one Neutron: `bun lab/fleet/main.ts [--nodes 100] [--pods 10] [--only TEXT] [--write FILE]`.
 * Prints a table; `--write` also puts it between the lines `<!-- fleet -->` and `<!-- /fleet -->` of a document.
 * Exits with 1 when Neutron and the nodes disagree on a port at the end.
 */
import { parseArgs } from "node:util";
import type { FleetOptions } from "./fleet.ts";
import { type Outcome, play, type Story } from "./scenario.ts";
import { firstStart, powerCut, refusing, rollingUpdate, wave } from "./stories.ts";
import { type Row, table } from "./table.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "100" },
    pods: { type: "string", default: "10" },
    only: { type: "string", default: "" },
    write: { type: "string" },
  },
});
const nodes = Number(values.nodes);
const pods = Number(values.pods);

type Agent = FleetOptions["agent"];
const DEFAULTS: Agent = {};
const NO_POOLS: Agent = { hot_ports_min: 0, hot_ports_max: 0 };
const A_PORT_FOR_EACH: Agent = { hot_ports_min: pods, hot_ports_max: 2 * pods, hot_ports_batch: pods };

/** Between two pods that a rolling update replaces on one node. */
const EVERY_MS = 30_000;
/** In the middle of a rolling update. */
const OUTAGE = refusing(90_000, 60_000);

const SCENARIOS: readonly (readonly [name: string, agent: Agent, story: Story])[] = [
  ["all agents start at once", DEFAULTS, firstStart],
  ["all nodes start at once after a power cut", DEFAULTS, powerCut],
  ["pods at once, a port ready for each", A_PORT_FOR_EACH, wave(pods)],
  ["pods at once, ports ready for half of them", DEFAULTS, wave(pods)],
  ["pods at once, no pools", NO_POOLS, wave(pods)],
  ["rolling update", DEFAULTS, rollingUpdate(pods, pods, EVERY_MS)],
  ["rolling update, no pools", NO_POOLS, rollingUpdate(pods, pods, EVERY_MS)],
  ["rolling update, 503 for a minute", DEFAULTS, rollingUpdate(pods, pods, EVERY_MS, OUTAGE)],
];

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const rows: Row[] = [];
for (const [name, agent, story] of SCENARIOS) {
  if (!name.includes(values.only)) continue;
  const began = performance.now();
  const outcome = await play({ nodes, ...(agent === undefined ? {} : { agent }) }, story);
  rows.push([name, outcome]);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.error(`${name}: simulated in ${seconds} s${leaksOf(outcome)}`);
}
const text = table(rows, nodes);
console.log(text);
if (values.write !== undefined) await write(values.write, text);
if (rows.some(([, { leaks }]) => leaks.length > 0)) process.exitCode = 1;

function leaksOf({ leaks }: Outcome): string {
  return leaks.length === 0 ? "" : `; ${leaks.length} LEAKS: ${leaks.slice(0, 3).join("; ")}`;
}

async function write(path: string, text: string): Promise<void> {
  const document = await Bun.file(path).text();
  const between = /(<!-- fleet -->\n)[\s\S]*?(<!-- \/fleet -->)/;
  if (!between.test(document)) throw new Error(`${path} has no lines <!-- fleet --> and <!-- /fleet -->`);
  await Bun.write(
    path,
    document.replace(between, (_, head: string, end: string) => `${head}\n${text}\n\n${end}`),
  );
}

/**
 * Runs all cases: `bun arena.ts FOLDER POD` in the network namespace of a node, FOLDER for files, POD the path of a
 * pod's network namespace. Answers {@link Findings} as JSON on standard output. It is a process of its own because
 * servers and plugins must share a namespace that is not the machine's.
 */
import { join } from "node:path";
import { callPlugin, type Ending } from "./call.ts";
import type { Case } from "./case.ts";
import { tables } from "./cases/index.ts";
import type { Places } from "./places.ts";
import { linkNames, routes, storeRemains } from "./remains.ts";
import { startServers } from "./servers.ts";

export interface Finding extends Ending {
  /** What the call left in its store, in words. */
  readonly left: readonly string[];
}

export interface Findings {
  /** By topic and name. */
  readonly cases: Readonly<Record<string, Finding>>;
  /** What there was on node, pod and Neutron before, and what afterwards. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Most calls wait for something: a deadline, a pause before a retry. */
const AT_ONCE = 8;

export function keyOf(topic: string, { name }: Case): string {
  return `${topic}: ${name}`;
}

async function main(folder: string, pod: string): Promise<Findings> {
  const servers = await startServers();
  const shared: Places = { ...servers.places, folder, pod };
  const inventory = async () => [
    ...(await linkNames()).map((name) => `node: ${name}`),
    ...(await routes()).map((route) => `node: ${route}`),
    ...(await linkNames(pod)).map((name) => `pod: ${name}`),
    ...(await servers.ports()).map((id) => `Neutron: port ${id}`),
  ];
  const before = await inventory();
  const cases: Record<string, Finding> = {};
  const waiting = tables.flatMap(({ topic, cases }) => cases.map((one) => ({ key: keyOf(topic, one), one })));
  const numbered = waiting.entries();
  const work = async () => {
    for (const [index, { key, one }] of numbered) {
      const dir = join(folder, `case${index}`);
      cases[key] = await examine(one, { ...shared, dir, id: String(index) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return { cases, before, after: await inventory() };
}

async function examine(one: Case, places: Places): Promise<Finding> {
  const ending = await callPlugin(one, places);
  const attached = (one.verb ?? "ADD") === "ADD" && ending.exitCode === 0;
  const undo = attached ? await callPlugin({ ...one, verb: "DEL" }, places) : undefined;
  const { attachments, journal } = storeRemains(`${places.dir}/state`);
  const left = [
    ...(undo === undefined || undo.exitCode === 0 ? [] : [`DEL failed: ${undo.stdout}`]),
    ...(attachments === 0 ? [] : ["a row in the store"]),
    ...(journal === 0 || one.leavesJournal ? [] : ["an entry in the journal"]),
  ];
  return { ...ending, left };
}

if (import.meta.main) {
  const [folder, pod] = process.argv.slice(2);
  if (folder === undefined || pod === undefined) throw new Error("usage: bun arena.ts FOLDER POD");
  const findings = await main(folder, pod);
  process.stdout.write(JSON.stringify(findings), () => process.exit(0));
}

/** What is there because of pods: in Neutron, on the nodes, in their stores. Counted before, with and after the pods. */
import { run } from "../command.ts";
import type { Lab } from "../lab.ts";
import { checkout } from "../layout.ts";
import { namespaces } from "../namespaces.ts";
import { listPorts } from "./neutron-api.ts";

/** How many of each; the keys are what a person reads. */
export type Inventory = Readonly<Record<string, number>>;

/** Runs inside the control namespace. */
export async function takeInventory(lab: Lab): Promise<Inventory> {
  const agents = lab.backend !== "simulator";
  const [ports, taps, bridges, rows, notes] = await Promise.all([
    listPorts(lab.url),
    countLinks(lab, /^tap/),
    countLinks(lab, /^brq/),
    countRecords(lab, "attachments"),
    countRecords(lab, "journal"),
  ]);
  return {
    "ports in Neutron": ports.length,
    "tap interfaces on the nodes": taps,
    // Agents keep a network's bridge as long as the network is there.
    ...(agents ? {} : { "bridges on the nodes": bridges }),
    "network namespaces of pods": podNamespaces(lab).length,
    "attachments in the nodes' stores": rows,
    "ports that Neutron has still to delete (journal)": notes,
  };
}

/** What there is more of in `after` than in `before`, in words. */
export function leftOver(before: Inventory, after: Inventory): string[] {
  return Object.entries(after)
    .map(([what, count]) => ({ what, more: count - (before[what] ?? 0) }))
    .filter(({ more }) => more > 0)
    .map(({ what, more }) => `${more} ${what}`);
}

async function countLinks(lab: Lab, pattern: RegExp): Promise<number> {
  const links = await Promise.all(lab.nodes.map((node) => node.links()));
  return links.flat().filter(({ ifname }) => pattern.test(ifname)).length;
}

/** As `skynet attachments` and `skynet journal` tell on each node. */
async function countRecords(lab: Lab, command: "attachments" | "journal"): Promise<number> {
  const counts = lab.nodes.map(async (node) => {
    const argv = [`${checkout}/dist/skynet`, command, "--json", "--state-dir", node.path("state")];
    const records = JSON.parse(await run(argv)) as unknown[];
    return records.length;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

function podNamespaces({ layout, nodes }: Lab): string[] {
  const others = [layout.control, ...nodes.map(({ namespace }) => namespace)];
  return namespaces().filter((name) => layout.owns(name) && !others.includes(name));
}

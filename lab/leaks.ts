/** What a test left behind: links, namespaces and ports, compared with what was there before it. */
import type { Lab } from "./lab.ts";
import { links, namespaces } from "./namespaces.ts";
import { type WaitOptions, waitFor } from "./wait.ts";

/** Everything of a lab that a pod adds to. One line for each thing, saying what it is and where. */
export type Snapshot = ReadonlySet<string>;

/** Takes stock of the lab's namespaces and of Neutron's ports. Runs inside the control namespace. */
export async function snapshot(lab: Lab): Promise<Snapshot> {
  const own = namespaces().filter((name) => lab.layout.owns(name));
  const parts = await Promise.all([...own.map(namespaceLines), portLines(lab.url)]);
  return new Set(parts.flat());
}

/** What `after` has that `before` had not, sorted: empty when nothing leaked. */
export function leaks(before: Snapshot, after: Snapshot): string[] {
  return [...after].filter((line) => !before.has(line)).sort();
}

/** What `before` had that `after` has not, sorted: empty when nothing was destroyed. */
export function losses(before: Snapshot, after: Snapshot): string[] {
  return leaks(after, before);
}

/** Waits until nothing more is there than `before`, as Neutron's agent removes bridges a moment late; answers what stays. */
export async function lastingLeaks(lab: Lab, before: Snapshot, options: WaitOptions = {}): Promise<string[]> {
  let left: string[] = [];
  const clean = async () => {
    left = leaks(before, await snapshot(lab));
    return left.length === 0;
  };
  await waitFor("clean lab", clean, { timeout: 10_000, interval: 200, ...options }).catch(() => undefined);
  return left;
}

async function namespaceLines(namespace: string): Promise<string[]> {
  const present = await links(namespace);
  const bridge = (master: string | undefined) => (master === undefined ? "" : ` in ${master}`);
  return [
    `namespace ${namespace}`,
    ...present.map((link) => `${namespace}: link ${link.ifname}${bridge(link.master)}`),
  ];
}

async function portLines(url: string): Promise<string[]> {
  const fields = "fields=id&fields=name&fields=device_owner";
  const response = await fetch(`${url}/v2.0/ports?${fields}`, { signal: AbortSignal.timeout(60_000) });
  const { ports } = (await response.json()) as {
    ports: { id: string; name: string; device_owner: string }[];
  };
  return ports.map((port) => `port ${port.id} ${port.name} ${port.device_owner}`);
}

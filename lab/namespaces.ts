/** Network namespaces by name, and links in them. */
import { existsSync, readdirSync } from "node:fs";
import { run } from "./command.ts";
import { inNamespace, netnsPath } from "./layout.ts";

/** Makes a network namespace with its loopback up, unless it is there. Undo: {@link removeNamespace}. */
export async function addNamespace(name: string): Promise<void> {
  if (!namespaceExists(name)) await run(["ip", "netns", "add", name]);
  await run(["ip", "-n", name, "link", "set", "lo", "up"]);
}

/** Removes a namespace, and with it every link in it; their peers in other namespaces go too. */
export async function removeNamespace(name: string): Promise<void> {
  if (namespaceExists(name)) await run(["ip", "netns", "del", name]);
}

export function namespaceExists(name: string): boolean {
  return existsSync(netnsPath(name));
}

/** Names of all named namespaces, sorted. */
export function namespaces(): string[] {
  return existsSync("/run/netns") ? readdirSync("/run/netns").sort() : [];
}

/** One link as iproute2 tells it. */
export interface Link {
  readonly ifname: string;
  readonly address: string;
  readonly mtu: number;
  readonly operstate: string;
  readonly master?: string;
  readonly flags: readonly string[];
}

/** The links of a namespace. */
export async function links(namespace: string): Promise<Link[]> {
  return JSON.parse(await run(["ip", "-json", "-n", namespace, "link", "show"]));
}

/** Runs several `ip` commands in a namespace in one go, stopping at the first that fails. */
export async function ipBatch(namespace: string, lines: readonly string[]): Promise<void> {
  await run(["ip", "-n", namespace, "-batch", "-"], { stdin: `${lines.join("\n")}\n` });
}

/** Writes `net.*` kernel settings of a namespace. */
export async function setSysctls(namespace: string, settings: Record<string, number>): Promise<void> {
  const assignments = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  await run(inNamespace(namespace, ["sysctl", "-qw", ...assignments]));
}

/** What calls have left behind where nothing should be. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { attempt, run } from "../../../lab/command.ts";

/** Rows of a store: attachments that are not gone, and deletes that wait for Neutron. */
export function storeRemains(stateDir: string): { attachments: number; journal: number } {
  const path = `${stateDir}/skynet.db`;
  if (!existsSync(path)) return { attachments: 0, journal: 0 };
  using db = new Database(path, { readonly: true });
  const count = (sql: string) => db.query<{ n: number }, []>(sql).get()?.n ?? 0;
  return {
    attachments: count("SELECT count(*) AS n FROM attachments WHERE state != 'detached'"),
    journal: count("SELECT count(*) AS n FROM pending_deletes"),
  };
}

/** Names of the links of a network namespace, of this process's own without a path. */
export async function linkNames(netns?: string): Promise<string[]> {
  const enter = netns === undefined ? [] : ["nsenter", `--net=${netns}`];
  const links: { ifname: string }[] = JSON.parse(await run([...enter, "ip", "-json", "link"]));
  return links.map(({ ifname }) => ifname).sort();
}

/** Ids of all ports of a simulator. */
export async function portIds(neutronUrl: string): Promise<string[]> {
  const response = await fetch(`${neutronUrl}/v2.0/ports?fields=id`);
  const { ports } = (await response.json()) as { ports: { id: string }[] };
  return ports.map(({ id }) => id).sort();
}

/** Host routes of this process's own network namespace. */
export async function routes(): Promise<string[]> {
  const { stdout } = await attempt(["ip", "route"]);
  return stdout.split("\n").filter((line) => line !== "");
}

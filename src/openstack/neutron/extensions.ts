import type { ApiSession } from "../api-session.ts";
import { Neutron } from "./client.ts";

/**
 * The aliases of all extensions that this Neutron has; what it can do is told by these and not by a version. They change only
 * when Neutron is upgraded or configured anew: callers may keep them.
 */
export async function listExtensions(session: ApiSession, signal: AbortSignal): Promise<string[]> {
  const extensions = await new Neutron(session, []).list<{ alias: string }>(
    "extensions",
    [["fields", "alias"]],
    signal,
  );
  return extensions.map(({ alias }) => alias).sort();
}

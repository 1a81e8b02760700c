import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Cluster } from "./cluster.ts";
import type { StoredObject } from "./objects.ts";

/** One change, as a line of the file. */
interface Line {
  version: number;
  resource: string;
  /** `namespace/name`. */
  key: string;
  /** Absent when it was deleted. */
  object?: StoredObject;
}

/**
 * Keeps a cluster in a file, as etcd does for a real API server: what is in the file is read, and every change is
 * appended before it is answered, so that a server which is killed loses nothing. Like a real one, a new server knows
 * no older version to watch from than the last.
 */
export function keepJournal(cluster: Cluster, path: string): void {
  for (const line of readLines(path)) {
    const { version, resource, key, object } = line;
    const collection = resource === "pods" ? cluster.pods : cluster.events;
    collection.restore(key, object as never);
    cluster.history.restore(version);
  }
  cluster.history.listen(({ version, resource, before, after }) => {
    const { namespace, name } = (after ?? before)?.metadata ?? {};
    const line: Line = { version, resource, key: `${namespace}/${name}`, ...(after && { object: after }) };
    appendFileSync(path, `${JSON.stringify(line)}\n`);
  });
}

/** A last line that was cut off was never answered: it is removed, so that the next one is a line of its own. */
function readLines(path: string): Line[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  const complete = text.slice(0, text.lastIndexOf("\n") + 1);
  if (complete !== text) writeFileSync(path, complete);
  const lines = complete.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

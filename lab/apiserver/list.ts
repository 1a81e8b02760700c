import type { History } from "./history.ts";
import type { StoredObject } from "./objects.ts";
import type { Selector } from "./selector.ts";
import { badRequest } from "./status.ts";

/** How a list is asked for (Kubernetes API concepts, "Retrieving large results sets in chunks"). */
export interface ListQuery {
  readonly selector?: Selector;
  /** Objects a page; 0 or absent: all. */
  readonly limit?: number;
  /** Where the page before said to go on. */
  readonly continue?: string;
}

export interface Page {
  items: StoredObject[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

interface Position {
  /** All pages show the objects as they were at this version. */
  version: number;
  /** `namespace/name` of the last object given. */
  after: string;
}

/** @throws {Refusal} 400, or 410 when what changed since the first page is forgotten */
export function pageOf(
  objects: ReadonlyMap<string, StoredObject>,
  history: History,
  resource: string,
  namespace: string | undefined,
  query: ListQuery,
): Page {
  const position = query.continue ? parsePosition(query.continue) : undefined;
  const version = position?.version ?? history.version;
  const wanted = [...stateAt(objects, history, resource, version)]
    .filter(([key]) => position === undefined || key > position.after)
    .filter(([, { metadata }]) => namespace === undefined || metadata.namespace === namespace)
    .filter(([, object]) => query.selector?.(object) ?? true)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const page = query.limit ? wanted.slice(0, query.limit) : wanted;
  const remaining = wanted.length - page.length;
  const after = page.at(-1)?.[0] ?? "";
  return {
    items: page.map(([, object]) => object),
    metadata: {
      resourceVersion: String(version),
      ...(remaining > 0 && {
        continue: btoa(JSON.stringify({ version, after })),
        remainingItemCount: remaining,
      }),
    },
  };
}

/** The objects as they were: today's, with what has changed since taken back. */
function stateAt(
  objects: ReadonlyMap<string, StoredObject>,
  history: History,
  resource: string,
  version: number,
): Map<string, StoredObject> {
  const state = new Map(objects);
  for (const change of history.since(version).toReversed()) {
    const { metadata } = change.before ?? change.after ?? {};
    if (change.resource !== resource || metadata === undefined) continue;
    const key = `${metadata.namespace}/${metadata.name}`;
    if (change.before === undefined) state.delete(key);
    else state.set(key, change.before);
  }
  return state;
}

function parsePosition(text: string): Position {
  try {
    return JSON.parse(atob(text)) as Position;
  } catch {
    throw badRequest("continue key is not valid");
  }
}

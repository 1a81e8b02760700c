import type { ListMeta } from "kubernetes-types/meta/v1";
import { parseObject } from "./client.ts";
import { answerError } from "./failure.ts";
import type { Transport } from "./transport.ts";

export interface ListPagesQuery<T, K> {
  readonly path: string;
  /** Of one object, e.g. `Pod`. */
  readonly kind: string;
  /** Selectors, and the version if it matters. */
  readonly query: URLSearchParams;
  readonly pageSize: number;
  /** What is kept of each object. */
  readonly pick: (object: T) => K;
}

interface Page<T> {
  kind?: string;
  metadata?: ListMeta;
  items?: T[];
}

/** Milliseconds for one page. */
const DEADLINE = 60_000;

/**
 * Lists a collection page by page (Kubernetes API concepts, "Retrieving large results sets in chunks").
 *
 * @returns what was kept, and the list's version, from which a watch can go on
 * @throws {KubernetesError} kind `gone` when the pages took too long to read
 */
export async function listPages<T, K>(
  transport: Transport,
  { path, kind, query, pageSize, pick }: ListPagesQuery<T, K>,
  signal: AbortSignal,
): Promise<{ objects: K[]; version: string }> {
  const objects: K[] = [];
  query.set("limit", String(pageSize));
  for (;;) {
    const call = { method: "GET", path: `${path}?${query}` } as const;
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE)]);
    const answer = await transport.send(call, deadline);
    if (answer.status === 404) throw answerError(transport.access, call, answer);
    const { items = [], metadata } = parseObject<Page<T>>(transport.access, call, `${kind}List`, answer);
    for (const item of items) objects.push(pick(item));
    if (!metadata?.continue) return { objects, version: metadata?.resourceVersion ?? "" };
    query.set("continue", metadata.continue);
    // The token holds the version; the server refuses both together.
    query.delete("resourceVersion");
  }
}

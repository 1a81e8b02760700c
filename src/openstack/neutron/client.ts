import type { ApiRequest, ApiSession } from "../api-session.ts";
import type { Turn } from "../call-gate.ts";
import { isOpenStackError, OpenStackError } from "../errors.ts";
import type { HttpReply } from "../http.ts";

/** Pairs of a query; the same key several times means "or". */
export type Query = readonly (readonly [key: string, value: string])[];

/** Neutron's API v2.0 over a session. `extensions` are the aliases that this Neutron has (see extensions.ts). */
export class Neutron {
  readonly session: ApiSession;
  readonly extensions: ReadonlySet<string>;

  constructor(session: ApiSession, extensions: Iterable<string>) {
    this.session = session;
    this.extensions = new Set(extensions);
  }

  /** The same Neutron, whose calls queue at this place where calls are limited. */
  with(turn: Partial<Turn>): Neutron {
    return new Neutron(this.session.with(turn), this.extensions);
  }

  /** The project in which requests act: the configured one, the token's, or, without authentication, what Neutron says. */
  async projectId(signal: AbortSignal): Promise<string> {
    return (await this.session.projectId(signal)) ?? this.#askProjectId(signal);
  }

  /** Neutron tells a caller its own project in place of the quota of "tenant" (neutron, `pecan_wsgi/controllers/quota.py`). */
  async #askProjectId(signal: AbortSignal): Promise<string> {
    const tenant = await this.get<{ tenant_id: string }>("/v2.0/quotas/tenant", "tenant", signal);
    return tenant.tenant_id;
  }

  /** The object under `key` in the answer to `GET path`. */
  async get<T>(path: string, key: string, signal: AbortSignal): Promise<T> {
    const reply = await this.session.request({ method: "GET", path, signal });
    return member<T>(reply, "GET", key);
  }

  /** The object or list under `key` in the answer to a request with a body. */
  async send<T>(request: ApiRequest, key: string): Promise<T> {
    return member<T>(await this.session.request(request), request.method, key);
  }

  /** `DELETE path`. @returns false when there was nothing to delete */
  async delete(path: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.session.request({ method: "DELETE", path, signal });
      return true;
    } catch (error) {
      if (isOpenStackError(error, "notFound") && error.service === "neutron") return false;
      throw error;
    }
  }

  /** All items of a collection, page by page, as the answers' `<collection>_links` lead. */
  async list<T>(collection: string, query: Query, signal: AbortSignal): Promise<T[]> {
    const items: T[] = [];
    const seen = new Set<string>();
    const base = `/v2.0/${collection.replaceAll("_", "-")}`;
    let search: string | undefined = new URLSearchParams(
      query.map(([key, value]) => [key, value]),
    ).toString();
    while (search !== undefined && !seen.has(search)) {
      seen.add(search);
      const path: string = search === "" ? base : `${base}?${search}`;
      const reply: HttpReply = await this.session.request({ method: "GET", path, signal });
      items.push(...member<readonly T[]>(reply, "GET", collection));
      search = nextPage(reply, collection);
    }
    return items;
  }
}

/** The path of one object. */
export function pathOf(collection: string, id: string): string {
  return `/v2.0/${collection}/${encodeURIComponent(id)}`;
}

/** Query pairs for the given values, and for the attributes that the answer is to hold. */
export function queryOf(
  filter: Readonly<Record<string, string | number | boolean | undefined>>,
  fields: readonly string[],
): Query {
  const pairs = Object.entries(filter).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)] as const],
  );
  return [...pairs, ...fields.map((field) => ["fields", field] as const)];
}

/**
 * Whether `item` has every value of `filter`. Every list is checked again by this: a Neutron without the extension
 * `filter-validation` ignores filters that it does not know, and answers everything.
 */
export function hasValues(item: object, filter: Readonly<Record<string, unknown>>): boolean {
  const values = item as Readonly<Record<string, unknown>>;
  return Object.entries(filter).every(([key, value]) => value === undefined || values[key] === value);
}

/** The query of the next page. Its host is not used: behind a proxy Neutron may know itself by another name. */
function nextPage(reply: HttpReply, collection: string): string | undefined {
  const links = (reply.body as Record<string, unknown>)[`${collection}_links`];
  if (!Array.isArray(links)) return undefined;
  const next = links.find((link: { rel?: unknown } | null) => link?.rel === "next") as
    | { href?: string }
    | undefined;
  return next?.href?.split("?")[1];
}

function member<T>(reply: HttpReply, method: ApiRequest["method"], key: string): T {
  const value = (reply.body as Record<string, unknown> | null | undefined)?.[key];
  if (typeof value === "object" && value !== null) return value as T;
  throw new OpenStackError({
    service: "neutron",
    kind: "unexpected",
    method,
    url: reply.url,
    status: reply.status,
    said: `the answer has no "${key}"`,
    hint: "check that the URL is that of Neutron's API",
    ambiguous: method !== "GET",
  });
}

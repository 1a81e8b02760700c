/** GET of one and of many: filters, `fields`, sorting, pages, as neutron/api/api_common.py does them. */
import { boolean, type Item, repr } from "./attributes.ts";
import { type Cloud, hasExtension } from "./cloud.ts";
import { badRequest, badResource } from "./errors.ts";
import { type ApiRequest, ok, type Reply } from "./http.ts";
import { type Condition, find, type ResourceType, visible } from "./resource.ts";
import type { Binding, Kind, Standard } from "./table.ts";

const NOT_FILTERS: ReadonlySet<string> = new Set([
  "fields",
  "sort_key",
  "sort_dir",
  "limit",
  "marker",
  "page_reverse",
]);

interface Page {
  limit: number;
  marker: string | undefined;
  reverse: boolean;
}

export function show<Row extends Standard>(
  cloud: Cloud,
  type: ResourceType<Row>,
  request: ApiRequest,
): Reply {
  const row = find(cloud, type, request);
  return ok({ [type.singular]: pickFields(type.present(cloud, row, request.caller), request.query) });
}

export function list<Row extends Standard>(
  cloud: Cloud,
  type: ResourceType<Row>,
  request: ApiRequest,
): Reply {
  const table = type.table(cloud);
  const condition = allOf([visible(type, request.caller), ...conditions(cloud, type, request.query)]);
  const order = ordering(request.query, table.kinds);
  const page = pageOf(request.query);
  let rows: Row[];
  if (page === undefined) {
    rows = table.select(`${condition.sql} ORDER BY ${order}`, condition.bindings);
  } else {
    const all = table.ids(`${condition.sql} ORDER BY ${order}`, condition.bindings);
    rows = cut(all, page, type).flatMap((id) => table.get(id) ?? []);
  }
  const shown = rows.map((row) => pickFields(type.present(cloud, row, request.caller), request.query));
  const links = page === undefined ? [] : pageLinks(request, rows, page);
  return ok({ [type.collection]: shown, ...(links.length > 0 && { [`${type.collection}_links`]: links }) });
}

export function pickFields(object: Item, query: URLSearchParams): Item {
  const fields = query.getAll("fields").filter((name) => name !== "");
  if (fields.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => fields.includes(name)));
}

function conditions<Row extends Standard>(
  cloud: Cloud,
  type: ResourceType<Row>,
  query: URLSearchParams,
): Condition[] {
  const kinds = type.table(cloud).kinds;
  const found: Condition[] = [];
  const invalid: string[] = [];
  const emptyCounts = hasExtension(cloud, "empty-string-filtering");
  for (const key of new Set(query.keys())) {
    if (NOT_FILTERS.has(key)) continue;
    const name = key === "tenant_id" ? "project_id" : key;
    const values = query.getAll(key).filter((value) => value !== "" || emptyCounts);
    const filter = Object.hasOwn(type.filters, name) ? type.filters[name] : undefined;
    if (filter === undefined) invalid.push(key);
    else if (values.length > 0)
      found.push(filter === "column" ? columnIn(name, values, kinds[name]) : filter(values));
  }
  if (invalid.length > 0 && hasExtension(cloud, "filter-validation")) {
    throw badRequest(`${repr(invalid)} is invalid attribute for filtering`);
  }
  return found;
}

function columnIn(name: string, values: string[], kind: Kind | undefined): Condition {
  const marks = values.map(() => "?").join(", ");
  const bindings = values.map((value): Binding => {
    if (kind === "boolean") return boolean(value, name) ? 1 : 0;
    if (kind === "integer") return Number(value);
    return value;
  });
  return { sql: `"${name}" IN (${marks})`, bindings };
}

function allOf(parts: Condition[]): Condition {
  return {
    sql: parts.map((part) => `(${part.sql})`).join(" AND "),
    bindings: parts.flatMap((part) => part.bindings),
  };
}

function ordering(query: URLSearchParams, kinds: Record<string, Kind>): string {
  const keys = query.getAll("sort_key").filter((key) => key !== "");
  const directions = query.getAll("sort_dir").filter((direction) => direction !== "");
  if (keys.length !== directions.length)
    throw badRequest("The number of sort_keys and sort_dirs must be same");
  const unknown = keys.filter((key) => !(key in kinds) || kinds[key] === "json");
  if (unknown.length > 0) throw badRequest(`${repr(unknown)} is invalid attribute for sort_keys`);
  const wrong = directions.filter((direction) => direction !== "asc" && direction !== "desc");
  if (wrong.length > 0) {
    throw badRequest(`${repr(wrong)} is invalid value for sort_dirs, valid value is 'asc' and 'desc'`);
  }
  return [...keys.map((key, index) => `"${key}" ${directions[index]}`), "id"].join(", ");
}

function pageOf(query: URLSearchParams): Page | undefined {
  const limit = query.get("limit") ?? "0";
  if (!/^\d+$/.test(limit)) {
    throw badResource("limit", `Limit must be an integer 0 or greater and not '${limit}'`);
  }
  if (Number(limit) === 0) return undefined;
  const reverse = query.get("page_reverse")?.toLowerCase() === "true";
  return { limit: Number(limit), marker: query.get("marker") ?? undefined, reverse };
}

function cut<Row extends Standard>(ids: string[], page: Page, type: ResourceType<Row>): string[] {
  const at = page.marker === undefined ? -1 : ids.indexOf(page.marker);
  if (page.marker !== undefined && at < 0) throw type.notFound(page.marker);
  if (!page.reverse) return ids.slice(at + 1, at + 1 + page.limit);
  const end = page.marker === undefined ? ids.length : at;
  return ids.slice(Math.max(end - page.limit, 0), end);
}

/** A full page has a next one, for all Neutron knows; every forward page has a previous one. */
function pageLinks(
  request: ApiRequest,
  rows: readonly Standard[],
  page: Page,
): { rel: string; href: string }[] {
  const short = rows.length < page.limit;
  const links = [];
  if (!short || page.reverse) links.push(pageLink(request, "next", rows.at(-1)?.id));
  if (!short || !page.reverse) links.push(pageLink(request, "previous", rows[0]?.id));
  return links;
}

function pageLink(request: ApiRequest, rel: "next" | "previous", marker: string | undefined) {
  const query = new URLSearchParams(request.query);
  query.delete("marker");
  query.delete("page_reverse");
  if (marker !== undefined) query.set("marker", marker);
  if (rel === "previous") query.set("page_reverse", "True");
  return { rel, href: `${request.origin}${request.path}?${query}` };
}

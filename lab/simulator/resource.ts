/** What a kind of resource says about itself, and the parts of its handlers that are the same for all. */
import { type Attributes, bodyItems, forCreate, forUpdate, type Item } from "./attributes.ts";
import { type Cloud, hasExtension } from "./cloud.ts";
import {
  type ApiError,
  badResource,
  methodNotAllowed,
  policyNotAuthorized,
  revisionConflict,
} from "./errors.ts";
import { type ApiRequest, type Caller, created, param, type Reply } from "./http.ts";
import { enforceQuota } from "./quota-limits.ts";
import type { Binding, Standard, Table } from "./table.ts";

export interface Condition {
  sql: string;
  bindings: Binding[];
}

/** `column`: compare with the attribute's column, values OR-ed; else SQL of its own. */
export type Filter = "column" | ((values: string[]) => Condition);

export interface ResourceType<Row extends Standard> {
  /** The key of one in a body, also the quota's name: `port`. */
  singular: string;
  /** The key of many: `ports`. */
  collection: string;
  table(cloud: Cloud): Pick<Table<Row>, "get" | "select" | "ids" | "count" | "kinds">;
  attributes: Attributes;
  filters: Readonly<Record<string, Filter>>;
  /** SQL over the row `t`, for what others than its project may see too. */
  visibleToAll?: string;
  notFound(id: string): ApiError;
  /** The row as the API shows it to this caller. */
  present(cloud: Cloud, row: Row, caller: Caller): Item;
}

/** The row of the path's `:id`, if this caller may see it. */
export function find<Row extends Standard>(cloud: Cloud, type: ResourceType<Row>, request: ApiRequest): Row {
  return findById(cloud, type, param(request, "id"), request.caller);
}

export function findById<Row extends Standard>(
  cloud: Cloud,
  type: ResourceType<Row>,
  id: string,
  caller: Caller,
): Row {
  const condition = visible(type, caller);
  const row = type.table(cloud).select(`id = ? AND ${condition.sql}`, [id, ...condition.bindings])[0];
  if (row === undefined) throw type.notFound(id);
  return row;
}

export function visible<Row extends Standard>(type: ResourceType<Row>, caller: Caller): Condition {
  if (caller.isAdmin) return { sql: "1", bindings: [] };
  const others = type.visibleToAll === undefined ? "" : ` OR ${type.visibleToAll}`;
  return { sql: `(project_id = ?${others})`, bindings: [caller.projectId] };
}

/** POST: one or many, all or nothing. `make` runs in one transaction with the quota's check. */
export function createAll<Row extends Standard>(
  cloud: Cloud,
  type: ResourceType<Row>,
  request: ApiRequest,
  make: (item: Item) => Row,
): Reply {
  const { items, bulk } = bodyItems(request.body, type.singular, type.collection, true);
  const prepared = items.map((item) => forCreate(item, type.attributes, request.caller));
  const rows = cloud.db.transaction(() => {
    enforceQuota(
      cloud,
      type.singular,
      prepared.map((item) => String(item.project_id)),
    );
    return prepared.map(make);
  })();
  const shown = rows.map((row) => type.present(cloud, row, request.caller));
  return created(bulk ? { [type.collection]: shown } : { [type.singular]: shown[0] });
}

/** PUT: what may change, and the row it is about, after `If-Match`. */
export function prepareUpdate<Row extends Standard>(
  cloud: Cloud,
  type: ResourceType<Row>,
  request: ApiRequest,
): { row: Row; changes: Item } {
  const { items } = bodyItems(request.body, type.singular, type.collection, false);
  const changes = forUpdate(items[0] ?? {}, type.attributes);
  const row = find(cloud, type, request);
  requireOwner(type, row, request);
  checkRevision(cloud, request, row.revision_number);
  return { row, changes };
}

/** DELETE: the row, after `If-Match`. */
export function prepareDelete<Row extends Standard>(
  cloud: Cloud,
  type: ResourceType<Row>,
  request: ApiRequest,
): Row {
  const row = find(cloud, type, request);
  requireOwner(type, row, request);
  checkRevision(cloud, request, row.revision_number);
  return row;
}

/** Only what differs from the row. An update moves the revision even when that is nothing. */
export function differences<Row extends Standard>(row: Row, changes: Item): Partial<Row> {
  const known = Object.entries(changes).filter(([name]) => name in row);
  const changed = known.filter(([name, value]) => !Bun.deepEquals(value, row[name as keyof Row]));
  return Object.fromEntries(changed) as Partial<Row>;
}

function requireOwner<Row extends Standard>(type: ResourceType<Row>, row: Row, request: ApiRequest): void {
  const { caller, method } = request;
  if (caller.isAdmin || row.project_id === caller.projectId) return;
  if (method !== "PUT" && method !== "DELETE") throw methodNotAllowed();
  throw policyNotAuthorized(`rule:${method === "PUT" ? "update" : "delete"}_${type.singular}`);
}

/** `If-Match: revision_number=N` (extension revision-if-match); any other entity tag is no concern of Neutron's. */
function checkRevision(cloud: Cloud, request: ApiRequest, current: number): void {
  const match = /revision_number=([^"\s,]*)/.exec(request.headers.get("if-match") ?? "");
  if (match === null) return;
  if (!hasExtension(cloud, "revision-if-match")) {
    throw badResource(
      "if-match",
      "This server does not support constraining operations based on revision numbers",
    );
  }
  if (!/^-?\d+$/.test(match[1] ?? "")) {
    throw badResource("if-match", "Revision number etag must be in the format of revision_number=<int>");
  }
  const expected = Number(match[1]);
  if (expected !== current) throw revisionConflict(expected, current);
}

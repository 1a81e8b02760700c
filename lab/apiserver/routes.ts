import type { Answer, Asked, Call } from "./call.ts";
import type { Cluster } from "./cluster.ts";
import type { Collection } from "./collection.ts";
import type { Faults } from "./faults.ts";
import type { ListQuery } from "./list.ts";
import type { ApiObject } from "./objects.ts";
import { parseSelector, type Selector } from "./selector.ts";
import { badRequest, methodNotAllowed, noSuchResource, tooNew, wrongMediaType } from "./status.ts";
import type { WatchQuery } from "./watch.ts";
import type { Watches } from "./watches.ts";

/** Everything that a request may touch. */
export interface Playground {
  readonly cluster: Cluster;
  readonly watches: Watches;
  readonly faults: Faults;
}

/** What a path names. */
interface Place {
  readonly collection: Collection<ApiObject>;
  /** With the subresource. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

const PATH = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/(pods|events)(?:\/([^/]+)(\/status)?)?$/;

/**
 * Finds what a request asks for: `/version`, and pods and events at their usual paths.
 *
 * @throws {Refusal} 400, 404 or 405
 */
export function route(asked: Asked, lab: Playground): Call {
  const { method, url } = asked;
  if (url.pathname === "/version" && method === "GET") {
    const body = { major: "1", minor: "34", gitVersion: "v1.34.0-skynet-lab" };
    return { verb: "get", resource: "", run: () => ok(body) };
  }
  const place = findPlace(url.pathname, lab.cluster);
  if (url.searchParams.has("dryRun")) throw badRequest("this lab's API server does not know dryRun");
  const call =
    place.name === undefined
      ? callOfAll(asked, place, lab.watches)
      : callOfOne(asked, place, place.namespace ?? "", place.name);
  if (call === undefined) throw methodNotAllowed();
  const { resource, namespace } = place;
  return { resource, ...(namespace !== undefined && { namespace }), ...call };
}

/** @throws {Refusal} 404 */
function findPlace(path: string, cluster: Cluster): Place {
  const [, namespace, resource, name, subresource = ""] = PATH.exec(path) ?? [];
  const isWhole = resource !== undefined && (name === undefined || namespace !== undefined);
  if (!isWhole || (subresource !== "" && resource !== "pods")) throw noSuchResource();
  const collection = resource === "pods" ? cluster.pods : cluster.events;
  return {
    collection: collection as Collection<ApiObject>,
    resource: `${resource}${subresource}`,
    ...(namespace !== undefined && { namespace: decodeURIComponent(namespace) }),
    ...(name !== undefined && { name: decodeURIComponent(name) }),
  };
}

type Action = Pick<Call, "verb" | "run">;

function callOfAll({ method, url }: Asked, place: Place, watches: Watches): Action | undefined {
  const { collection, namespace } = place;
  const { searchParams: query } = url;
  if (method === "POST" && namespace !== undefined) {
    return {
      verb: "create",
      run: (body) => ({ status: 201, body: collection.create(namespace, parse(body)) }),
    };
  }
  if (method !== "GET") return undefined;
  const { fields } = collection.resource;
  const selector = parseSelector(query.get("fieldSelector"), query.get("labelSelector"), fields);
  if (/^(1|true)$/.test(query.get("watch") ?? "")) {
    const run = () => streamed(watches.start(collection, watchQuery(query, selector, namespace)).body);
    return { verb: "watch", run };
  }
  return { verb: "list", run: () => ok(collection.list(namespace, listQuery(query, selector, collection))) };
}

function callOfOne(asked: Asked, place: Place, namespace: string, name: string): Action | undefined {
  const { collection } = place;
  switch (asked.method) {
    case "GET":
      return { verb: "get", run: () => ok(collection.get(namespace, name)) };
    case "PUT":
      return { verb: "update", run: (body) => ok(collection.replace(namespace, name, parse(body))) };
    case "PATCH":
      return { verb: "patch", run: (body) => ok(patch(asked, place, namespace, name, parse(body))) };
    case "DELETE":
      return { verb: "delete", run: () => ok(collection.delete(namespace, name)) };
  }
  return undefined;
}

function patch(asked: Asked, place: Place, namespace: string, name: string, body: ApiObject): ApiObject {
  if (asked.contentType !== "application/merge-patch+json") throw wrongMediaType(asked.contentType);
  // Through the subresource nothing of the specification changes.
  const { spec: _, ...outsideSpec } = body as ApiObject & { spec?: unknown };
  const isStatus = place.resource.endsWith("/status");
  return place.collection.patch(namespace, name, isStatus ? outsideSpec : body);
}

function listQuery(
  query: URLSearchParams,
  selector: Selector,
  { history }: Collection<ApiObject>,
): ListQuery {
  const version = versionOf(query);
  if (version > history.version) throw tooNew(version, history.version);
  const token = query.get("continue");
  return { selector, limit: Number(query.get("limit") ?? 0), ...(token !== null && { continue: token }) };
}

function watchQuery(query: URLSearchParams, selector: Selector, namespace: string | undefined): WatchQuery {
  const timeout = query.get("timeoutSeconds");
  return {
    selector,
    version: versionOf(query),
    bookmarks: query.get("allowWatchBookmarks") === "true",
    ...(namespace !== undefined && { namespace }),
    ...(timeout !== null && { timeoutSeconds: Number(timeout) }),
  };
}

function versionOf(query: URLSearchParams): number {
  const text = query.get("resourceVersion") ?? "";
  if (!/^\d*$/.test(text)) throw badRequest(`invalid resource version: ${text}`);
  return Number(text);
}

const ok = (body: unknown): Answer => ({ status: 200, body });

const streamed = (body: ReadableStream<Uint8Array>) =>
  new Response(body, { headers: { "Content-Type": "application/json" } });

function parse(body: string): ApiObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw badRequest("the object provided is unrecognized: the body must be JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw badRequest("the object provided is unrecognized: the body must be an object");
  }
  return parsed as ApiObject;
}

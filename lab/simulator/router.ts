/** A route table and its look-up: literal segments before `:name` ones. */
import type { Handler } from "./http.ts";

/** Method, path with `:name` segments, handler. */
export type Route = readonly [method: string, path: string, handler: Handler];

export interface Match {
  handler: Handler;
  params: Record<string, string>;
}

interface Node {
  literal: Map<string, Node>;
  any?: { name: string; node: Node };
  handlers: Map<string, Handler>;
}

export type Router = (method: string, path: string) => Match | "unknown-path" | "unknown-method";

export function makeRouter(routes: readonly Route[]): Router {
  const root = newNode();
  for (const [method, path, handler] of routes) insert(root, path).handlers.set(method, handler);
  return (method, path) => {
    const params: Record<string, string> = {};
    const node = walk(root, segments(path), params);
    if (node === undefined || node.handlers.size === 0) return "unknown-path";
    const handler = node.handlers.get(method);
    return handler === undefined ? "unknown-method" : { handler, params };
  };
}

function newNode(): Node {
  return { literal: new Map(), handlers: new Map() };
}

function segments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

function insert(root: Node, path: string): Node {
  let node = root;
  for (const segment of segments(path)) {
    if (segment.startsWith(":")) {
      node.any ??= { name: segment.slice(1), node: newNode() };
      node = node.any.node;
      continue;
    }
    const next = node.literal.get(segment) ?? newNode();
    node.literal.set(segment, next);
    node = next;
  }
  return node;
}

function walk(root: Node, path: readonly string[], params: Record<string, string>): Node | undefined {
  let node: Node | undefined = root;
  for (const segment of path) {
    const literal: Node | undefined = node.literal.get(segment);
    if (literal !== undefined) {
      node = literal;
      continue;
    }
    if (node.any === undefined) return undefined;
    params[node.any.name] = decodeURIComponent(segment);
    node = node.any.node;
  }
  return node;
}

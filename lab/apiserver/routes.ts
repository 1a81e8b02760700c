import type { Pod } from "kubernetes-types/core/v1";
import type { Pods } from "./pods.ts";
import { badRequest, methodNotAllowed, noSuchResource } from "./status.ts";

/** One request, taken apart. */
export interface Call {
  /** As role-based access control names it. */
  readonly verb: "get" | "list" | "create" | "update" | "delete";
  /** Of the pods it is about; absent for all namespaces, and for paths without any. */
  readonly namespace?: string;
  /** @throws {Refusal} */
  readonly run: (body: string) => Answer;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const PODS = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods(?:\/([^/]+))?$/;

/** Parameters that would change the meaning of a request, and that this server does not play. */
const NOT_PLAYED = ["labelSelector", "fieldSelector", "watch", "limit", "continue", "dryRun"];

/**
 * Finds what a request asks for: `/version`, and pods at their usual paths.
 *
 * @throws {Refusal} 404 or 405
 */
export function route(method: string, url: URL, pods: Pods): Call {
  if (url.pathname === "/version" && method === "GET") {
    return { verb: "get", run: () => ok({ major: "1", minor: "34", gitVersion: "v1.34.0-skynet-lab" }) };
  }
  const match = PODS.exec(url.pathname);
  if (match === null) {
    throw noSuchResource();
  }
  const unsupported = NOT_PLAYED.find((parameter) => url.searchParams.has(parameter));
  if (unsupported !== undefined) {
    throw badRequest(`this lab's API server does not know the parameter ${unsupported}`);
  }
  const [namespace, name] = match
    .slice(1)
    .map((part) => (part === undefined ? part : decodeURIComponent(part)));
  const call =
    namespace === undefined ? clusterCall(method, pods, name) : podCall(method, pods, namespace, name);
  if (call === undefined) {
    throw methodNotAllowed();
  }
  return call;
}

function clusterCall(method: string, pods: Pods, name: string | undefined): Call | undefined {
  return method === "GET" && name === undefined ? { verb: "list", run: () => ok(pods.list()) } : undefined;
}

function podCall(method: string, pods: Pods, namespace: string, name: string | undefined): Call | undefined {
  if (name === undefined) {
    switch (method) {
      case "GET":
        return { verb: "list", namespace, run: () => ok(pods.list(namespace)) };
      case "POST":
        return {
          verb: "create",
          namespace,
          run: (body) => ({ status: 201, body: pods.create(namespace, parse(body)) }),
        };
    }
    return undefined;
  }
  switch (method) {
    case "GET":
      return { verb: "get", namespace, run: () => ok(pods.get(namespace, name)) };
    case "PUT":
      return { verb: "update", namespace, run: (body) => ok(pods.replace(namespace, name, parse(body))) };
    case "DELETE":
      return { verb: "delete", namespace, run: () => ok(pods.delete(namespace, name)) };
  }
  return undefined;
}

const ok = (body: unknown): Answer => ({ status: 200, body });

function parse(body: string): Pod {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw badRequest("the object provided is unrecognized: the body must be JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw badRequest("the object provided is unrecognized: the body must be a pod");
  }
  return parsed as Pod;
}

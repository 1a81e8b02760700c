/** What the agent serves by HTTP: calls of plugins, and pages for people and Prometheus. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { messageOf } from "../cni/errors.ts";
import { MAX_CONFIG_BYTES } from "../cni/stdin.ts";
import type { Logger } from "../log.ts";
import { AskedCallError, parseAskedCall } from "./asked-call.ts";
import type { Calls } from "./calls.ts";
import type { Route, RouteAnswer } from "./part.ts";

/** A configuration as a JSON text within JSON: each of its quotes takes one byte more. */
const MAX_BODY_BYTES = 2 * MAX_CONFIG_BYTES;
const CALLS_PATH = "/v1/cni";

export interface Pages {
  calls: Calls;
  /** Path → its GET. */
  routes: Readonly<Record<string, Route>>;
  log: Logger;
}

/** The server of the socket. */
export function createAgentServer(pages: Pages): Server {
  return createServer((request, response) => {
    const work =
      pathOf(request) === CALLS_PATH
        ? serveCall(pages, request, response)
        : serveRoute(pages, request, response);
    work.catch((error) => answerFailure(pages.log, request, response, error));
  });
}

/** The server for everybody: pages alone. */
export function createPublicServer(pages: Omit<Pages, "calls">): Server {
  return createServer((request, response) => {
    serveRoute(pages, request, response).catch((error) => answerFailure(pages.log, request, response, error));
  });
}

async function serveCall(
  { calls }: Pages,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST") return answer(response, { status: 405, body: "only POST is served here\n" });
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  const asked = parseAskedCall(await bodyOf(request));
  await calls.serve(asked, gone.signal, ({ status, body }) => {
    answer(response, { status, contentType: "application/json", body });
    return sent(response);
  });
}

/** Resolves when an answer has gone out, or there is nobody for it. */
function sent(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (response.destroyed || response.writableFinished) resolve();
  response.once("finish", resolve).once("close", resolve);
  return promise;
}

async function serveRoute(
  { routes }: Pick<Pages, "routes">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) {
    const known = Object.keys(routes).sort().join(" ");
    return answer(response, { status: 404, body: `there is nothing at ${path}; there is: ${known}\n` });
  }
  if (request.method !== "GET") return answer(response, { status: 405, body: "only GET is served here\n" });
  answer(response, await route({ method: "GET", url: urlOf(request) }));
}

/** In one piece: a second one is often waited for, since the first wakes the plugin on this very processor. */
function answer(response: ServerResponse, { status = 200, contentType, body }: RouteAnswer): void {
  response.cork();
  response.writeHead(status, {
    "Content-Type": contentType ?? "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
  response.uncork();
}

function answerFailure(
  log: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  const isAskers = error instanceof AskedCallError;
  if (!isAskers) log.error("a request could not be served", { path: pathOf(request), error });
  if (response.headersSent || response.destroyed) return void response.destroy();
  answer(response, { status: isAskers ? 400 : 500, body: `${messageOf(error)}\n` });
}

/** By events: to iterate over a request costs more, and a pod waits for it. */
function bodyOf(request: IncomingMessage): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const endedEarly = () => reject(new AskedCallError("the body ended early"));
  const chunks: Buffer[] = [];
  let size = 0;
  request
    .on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= MAX_BODY_BYTES) return void chunks.push(chunk);
      reject(new AskedCallError(`the body has more than ${MAX_BODY_BYTES} bytes`));
      request.pause();
    })
    .once("end", () => resolve(Buffer.concat(chunks).toString("utf8")))
    .once("error", endedEarly)
    .once("close", endedEarly);
  return promise;
}

function urlOf(request: IncomingMessage): URL {
  return new URL(request.url ?? "/", "http://skynet");
}

function pathOf({ url = "/" }: IncomingMessage): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

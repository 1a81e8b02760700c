/** The simulator's servers: from bytes to handlers, with latency, faults and the call log in between. */
import { resumeActivations } from "./activation.ts";
import { adminRoutes } from "./admin.ts";
import { type AuthMode, identify, isCaller } from "./callers.ts";
import { Calls } from "./calls.ts";
import { type Cloud, changeSettings, closeCloud, openCloud } from "./cloud.ts";
import { ApiError, methodNotAllowed, routeNotFound } from "./errors.ts";
import { type FaultAction, Faults, type Service } from "./faults.ts";
import type { Caller, Reply } from "./http.ts";
import { type Endpoints, keystoneRoutes } from "./keystone.ts";
import { Processors } from "./processors.ts";
import { makeRouter, type Router } from "./router.ts";
import { neutronRoutes } from "./routes.ts";
import type { Settings } from "./settings.ts";

export interface SimulatorOptions {
  hostname?: string;
  /** 0, the default: any free one. */
  port?: number;
  /** Another address for Keystone alone; without it Keystone answers under /v3 of the one server. */
  keystone?: { hostname: string; port: number };
  /** State file; without it the state is in memory. */
  database?: string;
  auth?: AuthMode;
  settings?: Partial<Settings>;
  /** Numbers from 0 to 1: what calls cost; default Math.random. */
  random?: () => number;
}

export interface Simulator {
  /** `http://host:port`, without a path. */
  url: string;
  keystoneUrl: string;
  /** Answers as the servers do, without a connection. */
  answer(request: Request): Promise<Response>;
  /** Ends every connection, answered or not, and closes the state. */
  stop(): Promise<void>;
}

/** Nobody in particular: Keystone's and the simulator's own routes ask for no project. */
const NOBODY: Caller = { projectId: "", isAdmin: true, projectRequired: false };

const OVERLOADED: FaultAction = { status: 503, message: "Too many calls are waiting." };

interface Context {
  cloud: Cloud;
  auth: AuthMode;
  faults: Faults;
  calls: Calls;
  processors: Processors;
  routers: Record<Service | "admin", Router>;
}

export function startSimulator(options: SimulatorOptions = {}): Simulator {
  const cloud = openCloud(options.database ?? ":memory:");
  if (options.settings !== undefined) changeSettings(cloud, options.settings);
  resumeActivations(cloud);
  const faults = new Faults();
  const calls = new Calls();
  const processors = new Processors(cloud.settings, options.random);
  const endpoints: Endpoints = { network: "", identity: "" };
  const context: Context = {
    cloud,
    auth: options.auth ?? "noauth",
    faults,
    calls,
    processors,
    routers: {
      neutron: makeRouter(neutronRoutes(cloud)),
      keystone: makeRouter(keystoneRoutes(cloud, () => endpoints)),
      admin: makeRouter(adminRoutes(cloud, faults, calls, processors)),
    },
  };
  const listen = (hostname: string, port: number) =>
    // No idle time-out: a hanging answer has to hang for as long as the client bears it.
    Bun.serve({ hostname, port, idleTimeout: 0, fetch: (request) => answer(context, request) });
  const main = listen(options.hostname ?? "127.0.0.1", options.port ?? 0);
  const keystone = options.keystone && listen(options.keystone.hostname, options.keystone.port);
  endpoints.network = originOf(main);
  endpoints.identity = originOf(keystone ?? main);
  return {
    url: endpoints.network,
    keystoneUrl: endpoints.identity,
    answer: (request) => answer(context, request),
    async stop() {
      await Promise.all([main.stop(true), keystone?.stop(true)]);
      closeCloud(cloud);
    },
  };
}

function originOf(server: { url: URL }): string {
  return server.url.origin;
}

async function answer(context: Context, request: Request): Promise<Response> {
  const started = performance.now();
  const at = Date.now();
  const url = new URL(request.url);
  const body = await request.text();
  if (url.pathname.startsWith("/_sim/")) return toResponse(handle(context, "admin", request, url, body));
  const service: Service = url.pathname.startsWith("/v3") ? "keystone" : "neutron";
  const path = url.pathname + url.search;
  const fault = context.faults.take(service, request.method, path);
  const isWrite = service === "neutron" && request.method !== "GET";
  const wait = (fault?.delay_ms ?? 0) + (isWrite ? context.cloud.settings.latency_ms : 0);
  if (wait > 0) await Bun.sleep(wait);
  const isCheap = service === "keystone" || fault?.status !== undefined;
  const isServed = isCheap || (await context.processors.serve(request.method, body));
  const outcome = isServed ? fault : OVERLOADED;
  const { response, status } = withFault(outcome, () => handle(context, service, request, url, body));
  const duration = performance.now() - started;
  context.calls.record({ at, service, method: request.method, path, status, duration });
  return response;
}

/** The answer, or what the fault makes of it; `status` 0 is none. */
function withFault(
  fault: FaultAction | undefined,
  run: () => Reply,
): { response: Response | Promise<Response>; status: number } {
  if (fault?.status !== undefined) return { response: toResponse(faultReply(fault)), status: fault.status };
  if (fault?.drop === "before-commit") return { response: dropped(), status: 0 };
  if (fault?.hang === true) return { response: silence(), status: 0 };
  const reply = run();
  if (fault?.drop === "after-commit") return { response: dropped(), status: 0 };
  if (fault?.hang === "after-commit") return { response: silence(), status: 0 };
  if (fault?.garbage === true) return { response: halfJson(reply), status: 200 };
  return { response: toResponse(reply), status: reply.status };
}

function handle(context: Context, part: Service | "admin", request: Request, url: URL, body: string): Reply {
  try {
    const caller = part === "neutron" ? identify(context.cloud, context.auth, request.headers) : NOBODY;
    if (!isCaller(caller)) return caller;
    const path = url.pathname.replace(/\.json$/, "");
    const match = context.routers[part](request.method, path);
    if (match === "unknown-path") throw routeNotFound();
    if (match === "unknown-method") throw methodNotAllowed();
    return match.handler({
      method: request.method,
      origin: url.origin,
      path,
      params: match.params,
      query: url.searchParams,
      headers: request.headers,
      body,
      caller,
    });
  } catch (error) {
    if (error instanceof ApiError) return error.toReply();
    console.error(error);
    const message = "Request Failed: internal server error while processing your request.";
    return new ApiError(500, "HTTPInternalServerError", message).toReply();
  }
}

function toResponse(reply: Reply): Response {
  const headers = { "X-Openstack-Request-Id": `req-${crypto.randomUUID()}`, ...reply.headers };
  if (reply.body === undefined) return new Response(null, { status: reply.status, headers });
  return Response.json(reply.body, { status: reply.status, headers });
}

function faultReply(fault: FaultAction): Reply {
  const status = fault.status ?? 500;
  const type = fault.type ?? (status === 503 ? "HTTPServiceUnavailable" : "HTTPInternalServerError");
  const reply = new ApiError(status, type, fault.message ?? "A fault that was asked for.").toReply();
  return { ...reply, headers: fault.headers ?? {} };
}

/** Bun closes the connection when a body fails before its first byte: no status line, nothing. */
function dropped(): Response {
  return new Response(new ReadableStream({ start: (controller) => controller.error() }));
}

function silence(): Promise<Response> {
  return Promise.withResolvers<Response>().promise;
}

function halfJson(reply: Reply): Response {
  const text = JSON.stringify(reply.body ?? {});
  const half = text.slice(0, Math.floor(text.length / 2));
  return new Response(half, { status: 200, headers: { "Content-Type": "application/json" } });
}

/**
 * A small Kubernetes API server for tests and demonstrations: pods and events, with lists and watches, in memory.
 * It can be told to go wrong (control.ts).
 */
import type { Answer, Call } from "./call.ts";
import { type Cluster, type Events, makeCluster, type Pods } from "./cluster.ts";
import { control } from "./control.ts";
import { Faults } from "./faults.ts";
import { History } from "./history.ts";
import { type Playground, route } from "./routes.ts";
import { forbidden, Refusal, refusal, unauthorized } from "./status.ts";
import { Watches } from "./watches.ts";

/** Milliseconds; about as often as a real server. */
const BOOKMARK_INTERVAL = 60_000;

/** Where the lab's own API begins. */
const CONTROL = "/_lab/";

export interface ApiServerOptions {
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Makes it an `https` server. */
  readonly tls?: ApiServerTls;
  /** Bearer token that may do everything. With neither token nor readOnlyToken everybody may. */
  readonly token?: string;
  /** What it serves; default: nothing yet. */
  readonly cluster?: Cluster;
  /** Bearer token that may get, list and watch; the rest is forbidden to it. */
  readonly readOnlyToken?: string;
}

/** PEM texts. */
export interface ApiServerTls {
  readonly cert: string;
  readonly key: string;
  /** Wants a client certificate of this authority. */
  readonly clientCa?: string;
}

export interface ApiServer extends Disposable, Playground {
  /** `http://host:port` or `https://host:port`. */
  readonly url: string;
  /** Those of the cluster. */
  readonly pods: Pods;
  readonly events: Events;
  /** Ends every connection, answered or not. */
  stop(): Promise<void>;
}

/** Serves at once. */
export function startApiServer(options: ApiServerOptions = {}): ApiServer {
  const cluster = options.cluster ?? makeCluster(new History());
  const lab = { cluster, watches: new Watches(), faults: new Faults() };
  const server = Bun.serve({
    hostname: options.hostname ?? "127.0.0.1",
    port: options.port ?? 0,
    // Watches are silent for as long as nothing changes.
    idleTimeout: 0,
    ...(options.tls && { tls: listenerTls(options.tls) }),
    fetch: async (request) => {
      const answered = await answer(options, lab, request, await request.text());
      return answered instanceof Response
        ? answered
        : Response.json(answered.body, { status: answered.status });
    },
  });
  const bookmarks = setInterval(() => lab.watches.bookmark(), BOOKMARK_INTERVAL);
  const stop = () => {
    clearInterval(bookmarks);
    return server.stop(true);
  };
  const { pods, events } = cluster;
  return { url: server.url.origin, ...lab, pods, events, stop, [Symbol.dispose]: () => void stop() };
}

function listenerTls({ cert, key, clientCa }: ApiServerTls): Bun.TLSOptions {
  return { cert, key, ...(clientCa && { ca: clientCa, requestCert: true, rejectUnauthorized: true }) };
}

async function answer(
  options: ApiServerOptions,
  lab: Playground,
  { method, url: address, headers }: Request,
  body: string,
): Promise<Answer | Response> {
  try {
    const mayWrite = authenticate(options, headers.get("Authorization"));
    const url = new URL(address);
    if (url.pathname.startsWith(CONTROL)) {
      return control(`${method} ${url.pathname.slice(CONTROL.length)}`, lab, body);
    }
    const call = route({ method, url, contentType: headers.get("Content-Type") ?? "" }, lab);
    authorize(call, mayWrite);
    const fault = lab.faults.take(call.verb, call.resource);
    if (fault?.status !== undefined) throw refusal(fault.status);
    return fault === undefined ? call.run(body) : await never();
  } catch (error) {
    if (error instanceof Refusal) {
      return { status: error.code, body: error.body() };
    }
    throw error;
  }
}

/** No answer, as of a server that hangs. */
function never(): Promise<Response> {
  return new Promise(() => {});
}

/** @returns whether the caller may write */
function authenticate({ token, readOnlyToken }: ApiServerOptions, header: string | null): boolean {
  if (token === undefined && readOnlyToken === undefined) {
    return true;
  }
  const shown = header?.replace(/^Bearer /, "");
  if (shown === undefined || (shown !== token && shown !== readOnlyToken)) {
    throw unauthorized();
  }
  return shown === token;
}

function authorize({ verb, resource, namespace }: Call, mayWrite: boolean): void {
  if (!mayWrite && verb !== "get" && verb !== "list" && verb !== "watch") {
    throw forbidden(verb, resource, namespace ?? "");
  }
}

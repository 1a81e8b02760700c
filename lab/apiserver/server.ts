/** A small Kubernetes API server for tests and demonstrations: pods and nothing else, in memory. */
import { Pods } from "./pods.ts";
import { type Answer, type Call, route } from "./routes.ts";
import { forbidden, Refusal, unauthorized } from "./status.ts";

export interface ApiServerOptions {
  /** Default 127.0.0.1. */
  readonly hostname?: string;
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Makes it an `https` server. */
  readonly tls?: ApiServerTls;
  /** Bearer token that may do everything. With neither token nor readOnlyToken everybody may. */
  readonly token?: string;
  /** Bearer token that may get and list; the rest is forbidden to it. */
  readonly readOnlyToken?: string;
}

/** PEM texts. */
export interface ApiServerTls {
  readonly cert: string;
  readonly key: string;
  /** Wants a client certificate of this authority. */
  readonly clientCa?: string;
}

export interface ApiServer extends Disposable {
  /** `http://host:port` or `https://host:port`. */
  readonly url: string;
  readonly pods: Pods;
  /** Ends every connection, answered or not. */
  stop(): Promise<void>;
}

/** Serves at once. */
export function startApiServer(options: ApiServerOptions = {}): ApiServer {
  const pods = new Pods();
  const server = Bun.serve({
    hostname: options.hostname ?? "127.0.0.1",
    port: options.port ?? 0,
    ...(options.tls && { tls: listenerTls(options.tls) }),
    fetch: async (request) => {
      const { status, body } = answer(options, pods, request, await request.text());
      return Response.json(body, { status });
    },
  });
  const stop = () => server.stop(true);
  return { url: server.url.origin, pods, stop, [Symbol.dispose]: () => void stop() };
}

function listenerTls({ cert, key, clientCa }: ApiServerTls): Bun.TLSOptions {
  return { cert, key, ...(clientCa && { ca: clientCa, requestCert: true, rejectUnauthorized: true }) };
}

function answer(options: ApiServerOptions, pods: Pods, request: Request, body: string): Answer {
  try {
    const mayWrite = authenticate(options, request.headers.get("Authorization"));
    const call = route(request.method, new URL(request.url), pods);
    authorize(call, mayWrite);
    return call.run(body);
  } catch (error) {
    if (error instanceof Refusal) {
      return { status: error.code, body: error.body() };
    }
    throw error;
  }
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

function authorize({ verb, namespace }: Call, mayWrite: boolean): void {
  if (!mayWrite && verb !== "get" && verb !== "list") {
    throw forbidden(verb, namespace ?? "");
  }
}

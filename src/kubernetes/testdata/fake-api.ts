import type { ApiAccess, ApiTls } from "../access.ts";
import { testText } from "./index.ts";

/** What one request is answered with; "hang" for never, "hangBody" for headers alone. */
export type Reply = Response | "hang" | "hangBody";

/** What there was to see of a request, copied: a Request forgets once it is answered. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly accept: string | null;
}

/** An API server that answers what it is told, in order; the last reply is repeated. */
export class FakeApi {
  readonly requests: Seen[] = [];
  private readonly server: Bun.Server<undefined>;

  constructor(
    private readonly replies: Reply[],
    tls?: Bun.TLSOptions,
  ) {
    this.server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      ...(tls && { tls }),
      fetch: (request) => this.reply(request),
    });
  }

  /** Access to it, as a kubeconfig would give it. */
  access(rest: Partial<ApiAccess> = {}): ApiAccess {
    return { server: this.server.url.origin, origin: "kubeconfig test", ...rest };
  }

  [Symbol.dispose](): void {
    this.server.stop(true);
  }

  private reply(request: Request): Response | Promise<Response> {
    const { method, url, headers } = request;
    this.requests.push({
      method,
      path: new URL(url).pathname,
      authorization: headers.get("Authorization"),
      accept: headers.get("Accept"),
    });
    const reply = (this.replies.length > 1 ? this.replies.shift() : this.replies[0]) ?? "hang";
    if (reply === "hang") {
      return new Promise(() => {});
    }
    return reply === "hangBody" ? new Response(endlessBody()) : reply.clone();
  }
}

function endlessBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    pull: () => new Promise(() => {}),
  });
}

/** The answer of an API server to a request it refuses. */
export function statusReply(
  code: number,
  reason: string,
  message: string,
  headers: HeadersInit = {},
): Response {
  return Response.json(
    { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message },
    { status: code, headers },
  );
}

/** Certificate and key of `NAME.crt` and `NAME.key`. */
export async function pair(name: string): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all([testText(`${name}.crt`), testText(`${name}.key`)]);
  return { cert, key };
}

/** An `https` server that shows the certificate `name`, and wants a client certificate when an authority is given. */
export async function tlsApi(name: string, reply: Response, clientCa?: string): Promise<FakeApi> {
  const clients = clientCa && { ca: await testText(clientCa), requestCert: true, rejectUnauthorized: true };
  return new FakeApi([reply], { ...(await pair(name)), ...clients });
}

/** Trusts an authority of testdata. */
export async function trusting(authority: string, rest: ApiTls = {}): Promise<ApiTls> {
  return { ca: await testText(authority), ...rest };
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Neutron } from "./neutron/client.ts";
import type { Port } from "./neutron/port.ts";
import type { RetryPolicy } from "./retry.ts";
import { Session, type SessionOptions } from "./session.ts";
import type { OpenStackSettings } from "./settings.ts";

/** What a fake server got. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** The parsed JSON, if any. */
  readonly body: unknown;
}

/** What it answers; `drop` cuts the connection without an answer, `hang` never answers. */
export type FakeReply =
  | { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | "drop"
  | "hang";

export type FakeHandler = (request: FakeRequest) => FakeReply | Promise<FakeReply>;

/** A server on loopback that keeps what it was asked. */
export class FakeServer {
  readonly requests: FakeRequest[] = [];
  readonly #server = createServer((message, response) => void this.#answer(message, response));
  handler: FakeHandler;

  constructor(handler: FakeHandler) {
    this.handler = handler;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The requests in short: `GET /v2.0/ports`. */
  get calls(): string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    this.requests.push(request);
    const reply = await this.handler(request);
    if (reply === "hang") return;
    if (reply === "drop") {
      message.socket.destroy();
      return;
    }
    const { status = 200, body, headers = {} } = reply;
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(typeof body === "string" || body === undefined ? body : JSON.stringify(body));
  }
}

async function readRequest(message: IncomingMessage): Promise<FakeRequest> {
  let text = "";
  for await (const chunk of message) text += chunk;
  const url = new URL(message.url ?? "/", "http://fake");
  return {
    method: message.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

/** Starts a fake server: `await using server = await serve(…)`. */
export function serve(handler: FakeHandler): Promise<FakeServer> {
  return new FakeServer(handler).listen();
}

/** Answers with each of `replies` in turn, and with the last one from then on. */
export function inTurn(...replies: FakeReply[]): FakeHandler {
  let next = 0;
  return () => replies[Math.min(next++, replies.length - 1)] as FakeReply;
}

/** An answer as Neutron gives it for an error. */
export function neutronError(status: number, type: string, message = "no"): FakeReply {
  return { status, body: { NeutronError: { type, message, detail: "" } } };
}

/** Retries without waiting. */
export const NO_PAUSES: RetryPolicy = { attempts: 3, firstMs: 0, capMs: 0, longestRetryAfterMs: 1000 };

/** Settings of a Neutron without authentication. */
export function noauthSettings(endpoint: string, more: Partial<OpenStackSettings> = {}): OpenStackSettings {
  return { auth: { type: "none" }, endpoint, tls: {}, interface: "public", requestTimeoutMs: 5000, ...more };
}

export function noauthSession(endpoint: string, options: SessionOptions = {}): Session {
  return new Session(noauthSettings(endpoint), { retry: NO_PAUSES, ...options });
}

export function noauthNeutron(endpoint: string, extensions: readonly string[] = []): Neutron {
  return new Neutron(noauthSession(endpoint), extensions);
}

/** A deadline that no test reaches. */
export function ample(): AbortSignal {
  return AbortSignal.timeout(4000);
}

export function fakePort(more: Partial<Port> = {}): Port {
  return {
    id: "11111111-1111-4111-8111-111111111111",
    name: "default_web",
    network_id: "net-a",
    project_id: "p",
    mac_address: "fa:16:3e:00:00:01",
    admin_state_up: true,
    status: "DOWN",
    device_id: "skynet:c1:eth0",
    device_owner: "compute:node1",
    fixed_ips: [{ subnet_id: "sub-a", ip_address: "10.0.0.5" }],
    security_groups: [],
    revision_number: 1,
    tags: [],
    ...more,
  };
}

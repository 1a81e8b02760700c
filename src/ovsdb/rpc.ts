/** JSON-RPC 1.0 over a stream, as all daemons of Open vSwitch speak it: requests of both sides, and notifications. */
import type { OvsdbAddress } from "./address.ts";
import { OvsdbError } from "./errors.ts";
import { JsonSocket, orAborted } from "./socket.ts";

/** What a server sends: an answer, a request of its own, or a notification, whose `id` is null. */
interface Received {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Who is told of what is no answer. */
export interface RpcListener {
  notified?(): void;
  /** Once, when nothing more will come. */
  ended?(error: OvsdbError): void;
}

export class RpcClient implements Disposable {
  private readonly answers = new Map<number, PromiseWithResolvers<unknown>>();
  private lastId = 0;
  private end: OvsdbError | undefined;
  private socket: JsonSocket | undefined;

  private constructor(
    /** Of the server, for errors. */
    readonly name: string,
    private readonly listener: RpcListener,
  ) {}

  /** @throws OvsdbError "unreachable"; the signal's reason */
  static async connect(
    address: OvsdbAddress,
    name: string,
    listener: RpcListener,
    signal: AbortSignal,
  ): Promise<RpcClient> {
    const client = new RpcClient(name, listener);
    const received = (object: unknown) => client.received(object as Received);
    const ended = (error: OvsdbError) => client.ended(error);
    client.socket = await JsonSocket.connect(address, name, { received, ended }, signal);
    return client;
  }

  /** @throws OvsdbError "refused" with the server's code; "unreachable"; "protocol"; the signal's reason */
  async call(method: string, params: readonly unknown[], signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    if (this.end) throw this.end;
    const id = ++this.lastId;
    const answer = Promise.withResolvers<unknown>();
    this.answers.set(id, answer);
    try {
      this.socket?.send({ method, params, id });
      return await orAborted(answer.promise, signal);
    } finally {
      this.answers.delete(id);
    }
  }

  [Symbol.dispose](): void {
    this.socket?.[Symbol.dispose]();
  }

  private received(message: Received): void {
    if (message.method === "echo") this.socket?.send({ id: message.id, result: message.params, error: null });
    else if (message.method !== undefined) this.listener.notified?.();
    else this.answered(message);
  }

  private answered({ id, error, result }: Received): void {
    const answer = this.answers.get(id as number);
    if (error == null) answer?.resolve(result);
    else answer?.reject(refusal(this.name, error));
  }

  private ended(error: OvsdbError): void {
    if (this.end) return;
    this.end = error;
    for (const waiting of this.answers.values()) waiting.reject(error);
    this.listener.ended?.(error);
  }
}

/** The database answers an object with a code (RFC 7047, section 3.1), a control socket a text. */
function refusal(name: string, error: unknown): OvsdbError {
  if (typeof error === "string") return new OvsdbError("refused", `${name}: ${error.trim()}`);
  const { error: code, details } = (typeof error === "object" ? error : {}) as Record<string, unknown>;
  const text = typeof code === "string" ? code : JSON.stringify(error);
  const more = typeof details === "string" ? ` (${details})` : "";
  return new OvsdbError("refused", `${name}: ${text}${more}`, { code: text });
}

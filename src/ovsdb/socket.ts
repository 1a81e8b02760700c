/** A stream of JSON objects to and from a server, over a unix socket or TCP. */
import type { Socket, SocketHandler } from "bun";
import type { OvsdbAddress } from "./address.ts";
import { OvsdbError } from "./errors.ts";
import { JsonStream } from "./framing.ts";

/** Who is told what comes. */
export interface Listener {
  received(object: unknown): void;
  /** Once, when nothing more will come. */
  ended(error: OvsdbError): void;
}

export class JsonSocket implements Disposable {
  /** What the kernel has not taken yet. */
  private unsent: Uint8Array = new Uint8Array();

  private constructor(private readonly socket: Socket<undefined>) {}

  /**
   * @param name of the server, for errors
   * @throws OvsdbError "unreachable"; the signal's reason
   */
  static async connect(
    address: OvsdbAddress,
    name: string,
    listener: Listener,
    signal: AbortSignal,
  ): Promise<JsonSocket> {
    signal.throwIfAborted();
    const stream = new JsonStream();
    let connected: JsonSocket | undefined;
    const closed = (cause?: Error) =>
      listener.ended(new OvsdbError("unreachable", `${name} closed the connection`, cause ? { cause } : {}));
    const handlers: SocketHandler<undefined> = {
      data: (socket, piece) => {
        try {
          for (const object of stream.push(piece)) listener.received(object);
        } catch (cause) {
          listener.ended(new OvsdbError("protocol", `${name} does not speak OVSDB`, { cause }));
          socket.terminate();
        }
      },
      drain: () => connected?.flush(),
      close: () => closed(),
      error: (_, error) => closed(error),
    };
    const opening =
      "unix" in address
        ? Bun.connect({ ...address, socket: handlers })
        : Bun.connect({ ...address, socket: handlers });
    try {
      connected = new JsonSocket(await orAborted(opening, signal));
      return connected;
    } catch (cause) {
      // Whoever does not wait for it any more must not keep it.
      opening.then(
        (socket) => socket.terminate(),
        () => undefined,
      );
      signal.throwIfAborted();
      throw new OvsdbError("unreachable", `${name} cannot be reached: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  send(object: unknown): void {
    const bytes = new TextEncoder().encode(JSON.stringify(object));
    const waiting = this.unsent.length > 0;
    this.unsent = Buffer.concat([this.unsent, bytes]);
    if (!waiting) this.flush();
  }

  [Symbol.dispose](): void {
    this.socket.terminate();
  }

  private flush(): void {
    const taken = this.socket.write(this.unsent);
    this.unsent = this.unsent.subarray(Math.max(0, taken));
  }
}

/** What a promise comes to, or the signal's reason if that is earlier. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A synchronous netlink socket: one conversation at a time, each with a deadline. */
import { errnoOf, SystemCallError } from "../system/errno.ts";
import * as libc from "../system/libc.ts";
import { isPoolOpen, writeInPool } from "../system/pool.ts";
import { timeval } from "../system/timeval.ts";
import { concat, view } from "./attributes.ts";
import * as c from "./constants.ts";
import { NetlinkError } from "./errors.ts";
import {
  type Acknowledgement,
  encodeRequest,
  type Message,
  parseAcknowledgement,
  parseMessages,
  type Request,
} from "./message.ts";
import { Namespace } from "./namespace.ts";

/** Requests are carried out within send(), so an answer that is not there seconds later was lost. */
const ANSWER_SECONDS = 10;
/** The kernel fills at most 32 KiB of a dump at once; one link with many virtual functions may be larger. */
const DATAGRAM_BYTES = 128 * 1024;
const SOCKET_BUFFER_BYTES = 1024 * 1024;
const DUMP_ATTEMPTS = 10;
/** Requests in one send: their answers wait in the socket's buffer, of which nodes may allow 200 KB (net.core.rmem_max). */
const BATCH = 64;

// Conversations are synchronous, so one buffer serves all sockets. What is received is copied out of it.
let receiveBuffer: Uint8Array | undefined;

export class NetlinkSocket implements Disposable {
  private sequence = 0;

  private constructor(private readonly fd: number) {}

  /** A socket in the calling thread's network namespace. @throws SystemCallError */
  static open(protocol: number = c.NETLINK_ROUTE): NetlinkSocket {
    return NetlinkSocket.configured(createSocket(protocol));
  }

  /**
   * An rtnetlink socket in another network namespace: it stays there, whoever uses it.
   *
   * @throws NamespaceError, SystemCallError
   */
  static openIn(namespacePath: string): NetlinkSocket {
    using namespace = Namespace.open(namespacePath);
    return NetlinkSocket.configured(namespace.within(() => createSocket(c.NETLINK_ROUTE)));
  }

  private static configured(fd: number): NetlinkSocket {
    const socket = new NetlinkSocket(fd);
    try {
      setNumber(fd, c.SOL_NETLINK, c.NETLINK_CAP_ACK, 1);
      setNumber(fd, c.SOL_NETLINK, c.NETLINK_EXT_ACK, 1);
      setNumber(fd, c.SOL_NETLINK, c.NETLINK_GET_STRICT_CHK, 1);
      setNumber(fd, c.SOL_SOCKET, c.SO_RCVBUF, SOCKET_BUFFER_BYTES);
      libc.setsockopt(fd, c.SOL_SOCKET, c.SO_RCVTIMEO, timeval(ANSWER_SECONDS * 1000));
      return socket;
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }

  /** Asks for one change and waits until it is made. @throws NetlinkError */
  request(request: Request): void {
    this.batch([request]);
  }

  /**
   * Asks for several changes, many in one send. The kernel makes them in order and does not stop at one that fails.
   *
   * @throws NetlinkError the first refusal, after all answers are in
   */
  batch(requests: readonly Request[]): void {
    const failure = this.attempt(requests).find((error) => error !== undefined);
    if (failure) throw failure;
  }

  /**
   * Like {@link batch}, but answers how each request fared.
   *
   * @throws NetlinkError with ETIMEDOUT
   */
  attempt(requests: readonly Request[]): (NetlinkError | undefined)[] {
    const outcomes: (NetlinkError | undefined)[] = [];
    for (let start = 0; start < requests.length; start += BATCH) {
      outcomes.push(...this.attemptAtOnce(requests.slice(start, start + BATCH)));
    }
    return outcomes;
  }

  /**
   * Like {@link request}, for a change that takes the kernel long: where a pool of threads is open, one of them waits
   * instead of this one. Nothing else may be asked of this socket meanwhile.
   *
   * @throws NetlinkError; SystemCallError
   */
  async requestInPool(request: Request): Promise<void> {
    if (!isPoolOpen()) return this.request(request);
    await writeInPool(this.fd, encodeRequest(request, ++this.sequence, c.NLM_F_ACK));
    const [refused] = this.acknowledgements([request]);
    if (refused) throw refused;
  }

  /** Asks for one object. @throws NetlinkError when there is none */
  get(request: Request): Message {
    this.send([request], 0);
    for (;;) {
      for (const message of this.receive(request.operation)) {
        if (message.sequence !== this.sequence) continue;
        if (message.type !== c.NLMSG_ERROR) return message;
        const error = refusal(request, parseAcknowledgement(message, true));
        if (error) throw error;
      }
    }
  }

  /**
   * Asks for all objects that match. A list that changed while it was read is asked for again.
   *
   * @throws NetlinkError; EBUSY when it never held still
   */
  dump(request: Request): Message[] {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const { messages, interrupted } = this.dumpOnce(request);
      if (!interrupted) return messages;
    }
    throw new NetlinkError(errnoOf("EBUSY"), request.operation, "the list kept changing while it was read");
  }

  [Symbol.dispose](): void {
    libc.close(this.fd);
  }

  private attemptAtOnce(requests: readonly Request[]): (NetlinkError | undefined)[] {
    this.send(requests, c.NLM_F_ACK);
    return this.acknowledgements(requests);
  }

  /** How the requests that were sent last have fared. */
  private acknowledgements(requests: readonly Request[]): (NetlinkError | undefined)[] {
    const first = this.sequence - requests.length + 1;
    const outcomes = new Map<number, NetlinkError | undefined>();
    while (outcomes.size < requests.length) {
      for (const message of this.receive(requests[outcomes.size]?.operation ?? "")) {
        const request = requests[message.sequence - first];
        if (request === undefined || message.type !== c.NLMSG_ERROR) continue;
        outcomes.set(message.sequence, refusal(request, parseAcknowledgement(message, true)));
      }
    }
    return requests.map((_, position) => outcomes.get(first + position));
  }

  private dumpOnce(request: Request): { messages: Message[]; interrupted: boolean } {
    const messages: Message[] = [];
    let interrupted = false;
    this.send([request], c.NLM_F_DUMP);
    for (;;) {
      for (const message of this.receive(request.operation)) {
        if (message.sequence !== this.sequence) continue;
        interrupted ||= (message.flags & c.NLM_F_DUMP_INTR) !== 0;
        if (message.type !== c.NLMSG_DONE && message.type !== c.NLMSG_ERROR) {
          messages.push(message);
          continue;
        }
        const error = refusal(request, parseAcknowledgement(message, message.type === c.NLMSG_ERROR));
        if (error) throw error;
        if (message.type === c.NLMSG_DONE) return { messages, interrupted };
      }
    }
  }

  private send(requests: readonly Request[], flags: number): void {
    libc.send(this.fd, concat(requests.map((request) => encodeRequest(request, ++this.sequence, flags))));
  }

  /** The messages of the next datagram. */
  private receive(operation: string): Message[] {
    receiveBuffer ??= new Uint8Array(DATAGRAM_BYTES);
    for (;;) {
      try {
        const length = libc.recv(this.fd, receiveBuffer, libc.MSG_TRUNC);
        if (length > receiveBuffer.byteLength) {
          throw new NetlinkError(errnoOf("EMSGSIZE"), operation, `an answer of ${length} bytes`);
        }
        return parseMessages(receiveBuffer.slice(0, length));
      } catch (error) {
        if (!(error instanceof SystemCallError) || error.code !== "EINTR") throw translated(error, operation);
      }
    }
  }
}

function createSocket(protocol: number): number {
  return libc.socket(libc.AF_NETLINK, libc.SOCK_RAW, protocol);
}

function refusal(request: Request, answer: Acknowledgement): NetlinkError | undefined {
  return answer.errno === 0
    ? undefined
    : new NetlinkError(answer.errno, request.operation, answer.kernelMessage);
}

/** SO_RCVTIMEO reports its passing as EAGAIN (socket(7)). */
function translated(error: unknown, operation: string): unknown {
  if (!(error instanceof SystemCallError)) return error;
  if (error.code !== "EAGAIN") return new NetlinkError(error.errno, operation);
  return new NetlinkError(
    errnoOf("ETIMEDOUT"),
    operation,
    `the kernel did not answer in ${ANSWER_SECONDS} s`,
  );
}

function setNumber(fd: number, level: number, option: number, value: number): void {
  const encoded = new Uint8Array(4);
  view(encoded).setInt32(0, value, true);
  libc.setsockopt(fd, level, option, encoded);
}

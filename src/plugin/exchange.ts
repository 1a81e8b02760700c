/**
 * One request to the agent and its answer: HTTP/1.1 over its unix socket, in blocking calls of the C library. The
 * process has nothing else to do meanwhile, and a runtime that signals it ends it, and the connection, at once.
 */
import { SystemCallError } from "../system/errno.ts";
import * as libc from "../system/libc.ts";
import { connectUnix, isSocketPath, setTimeouts } from "../system/unix-socket.ts";

export type Exchange =
  | { kind: "answered"; status: number; body: string }
  /** There is no agent: it has not seen the request. */
  | { kind: "absent"; reason: string }
  /** The agent may have seen the request, and may still be at work on it. */
  | { kind: "lost"; reason: string };

/** Where the agent takes verbs. */
const PATH = "/v1/cni";
const STATUS_LINE = "HTTP/1.1 ";
const LENGTH_FIELD = "content-length";
/** A result fits; each page more would cost its first touch. */
const CHUNK_BYTES = 4 * 1024;
/** The agent's takes about 130. */
const MAX_HEAD_BYTES = 4 * 1024;
/** Longer than any result; whoever sends more is no agent. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const END_OF_HEAD = "\r\n\r\n";
/** By so much the exchange may outlast its time: setting the socket's timeouts anew costs every call. */
const LATE_MS = 20;

/** What connects when nobody is there, and not when somebody is there who cannot take it now. */
const NOBODY = ["ENOENT", "ENOTDIR", "ECONNREFUSED"];

/**
 * Asks the agent and waits for its answer, `timeoutMs` at most.
 *
 * @param body what is sent, made only when there is somebody to send it to
 */
export function askAgent(socket: string, body: () => string, timeoutMs: number): Exchange {
  if (!isSocketPath(socket)) return { kind: "absent", reason: `${socket} is too long for a socket's path` };
  const until = performance.now() + timeoutMs;
  let fd: number;
  try {
    fd = uninterrupted(() => connectUnix(libc.SOCK_STREAM, socket, until - performance.now()));
  } catch (error) {
    return notConnected(socket, error);
  }
  // Those that it was connected with hold as long as hardly any time is over.
  const renewTimeouts = () => {
    const leftMs = until - performance.now();
    if (leftMs < timeoutMs - LATE_MS) setTimeouts(fd, leftMs);
  };
  try {
    if (!sendAll(fd, requestOf(body()), renewTimeouts))
      return { kind: "absent", reason: `${socket} is being closed` };
    return receive(fd, renewTimeouts);
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return { kind: "lost", reason: error.code === "EAGAIN" ? "it did not answer in time" : error.message };
  } finally {
    libc.close(fd);
  }
}

function notConnected(socket: string, error: unknown): Exchange {
  if (!(error instanceof SystemCallError)) throw error;
  if (NOBODY.includes(error.code)) return { kind: "absent", reason: `nobody listens on ${socket}` };
  const reason = error.code === "EAGAIN" ? "it takes no connections" : `${socket}: ${error.message}`;
  return { kind: "lost", reason };
}

function requestOf(body: string): Uint8Array {
  const bytes = Buffer.byteLength(body);
  return new TextEncoder().encode(
    `POST ${PATH} HTTP/1.1\r\nHost: skynet\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${bytes}${END_OF_HEAD}${body}`,
  );
}

/** False when the other end went before it could get anything. */
function sendAll(fd: number, bytes: Uint8Array, renewTimeouts: () => void): boolean {
  let rest = bytes;
  while (rest.byteLength > 0) {
    const part = rest;
    renewTimeouts();
    try {
      rest = rest.subarray(uninterrupted(() => libc.send(fd, part)));
    } catch (error) {
      if (rest !== bytes || !(error instanceof SystemCallError) || error.code !== "EPIPE") throw error;
      return false;
    }
  }
  return true;
}

/** Reads until the answer is whole; the connection's end before that makes it a lost one. */
function receive(fd: number, renewTimeouts: () => void): Exchange {
  let received: Uint8Array = new Uint8Array(0);
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    renewTimeouts();
    const length = uninterrupted(() => libc.recv(fd, buffer));
    if (length === 0) return { kind: "lost", reason: "it closed the connection without an answer" };
    received = Buffer.concat([received, buffer.subarray(0, length)]);
    const answer = parseAnswer(received);
    if (answer !== undefined) return answer;
    if (received.byteLength > MAX_ANSWER_BYTES) return notHttp();
  }
}

/**
 * The answer when all of it is there; undefined when more must come. Without regular expressions and functions of arrays:
 * compiling those costs more than all the rest.
 */
export function parseAnswer(received: Uint8Array): Exchange | undefined {
  const text = new TextDecoder().decode(received.subarray(0, MAX_HEAD_BYTES));
  const headEnd = text.indexOf(END_OF_HEAD);
  if (headEnd === -1) return received.byteLength < MAX_HEAD_BYTES ? undefined : notHttp();
  // The end of the last line, too.
  const head = text.slice(0, headEnd + 2);
  const status = head.startsWith(STATUS_LINE) ? numberIn(head, STATUS_LINE.length, " ") : undefined;
  const length = numberIn(head, afterFieldName(head, LENGTH_FIELD), "\r\n");
  if (status === undefined || length === undefined) return notHttp();
  const start = headEnd + END_OF_HEAD.length;
  if (received.byteLength < start + length) return undefined;
  return {
    kind: "answered",
    status,
    body: new TextDecoder().decode(received.subarray(start, start + length)),
  };
}

/** Where the value of a field begins; undefined without it. */
function afterFieldName(head: string, name: string): number | undefined {
  const at = head.toLowerCase().indexOf(`\r\n${name}:`);
  return at === -1 ? undefined : at + 2 + name.length + 1;
}

/** The number that begins at `from` and ends with `end`. */
function numberIn(head: string, from: number | undefined, end: string): number | undefined {
  if (from === undefined) return undefined;
  const text = head.slice(from, head.indexOf(end, from)).trim();
  const number = text === "" ? Number.NaN : Number(text);
  return number >= 0 && Number.isSafeInteger(number) ? number : undefined;
}

function notHttp(): Exchange {
  return { kind: "lost", reason: "it answered something else than HTTP" };
}

/** A handler of the runtime's own may interrupt a call that has a timeout (signal(7)). */
function uninterrupted(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof SystemCallError) || error.code !== "EINTR") throw error;
    }
  }
}

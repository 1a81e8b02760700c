import { type ApiCall, answerError, bodyError } from "./failure.ts";
import type { Transport } from "./transport.ts";

/** One line of a watch (Kubernetes API reference, "WatchEvent v1 meta"). */
export interface WatchEvent<T> {
  /** A bookmark's object has nothing but a resourceVersion. */
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/** How long a watch is believed in, in milliseconds. */
export interface WatchPatience {
  /** Until the server has begun to answer. */
  readonly answer: number;
  /** From one sign of life to the next. Servers send bookmarks about once a minute. */
  readonly silence: number;
}

/** A pod has at most 1.5 MB in the server (etcd's limit for a request); as JSON it may be somewhat longer. */
const LONGEST_LINE = 8 * 1024 * 1024;

const TYPES: readonly string[] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"];

/**
 * Opens a watch. Resolves when the server has accepted it; the generator ends when the server ends the watch.
 *
 * @throws {KubernetesError} here and while iterating: kind `gone` when the server forgot the version to begin with,
 * `timeout` when it is silent for too long or the signal is aborted
 */
export async function openWatch<T>(
  transport: Transport,
  path: string,
  patience: WatchPatience,
  signal: AbortSignal,
): Promise<AsyncGenerator<WatchEvent<T>>> {
  const call: ApiCall = { method: "GET", path };
  const alarm = new Alarm(signal);
  alarm.set(patience.answer);
  try {
    const body = await transport.open(call, alarm.signal);
    alarm.set(patience.silence);
    return eventsOf<T>(transport, call, body, alarm, patience);
  } catch (error) {
    alarm.clear();
    throw error;
  }
}

async function* eventsOf<T>(
  transport: Transport,
  call: ApiCall,
  body: ReadableStream<Uint8Array>,
  alarm: Alarm,
  patience: WatchPatience,
): AsyncGenerator<WatchEvent<T>> {
  const lines = new Lines();
  try {
    for await (const chunk of body) {
      alarm.set(patience.silence);
      for (const line of lines.take(chunk)) yield parseEvent<T>(transport, call, line);
      if (lines.pending > LONGEST_LINE) throw bodyError(transport.access, call, "watch");
    }
  } catch (error) {
    throw await transport.explain(call, alarm.signal, error);
  } finally {
    alarm.clear();
  }
}

function parseEvent<T>({ access }: Transport, call: ApiCall, line: string): WatchEvent<T> {
  let event: { type?: unknown; object?: unknown };
  try {
    event = JSON.parse(line) as typeof event;
  } catch {
    throw bodyError(access, call, "watch event");
  }
  const { type, object } = event;
  if (typeof type !== "string" || typeof object !== "object" || object === null) {
    throw bodyError(access, call, "watch event");
  }
  if (type === "ERROR") {
    const { code } = object as { code?: number };
    throw answerError(access, call, { status: code ?? 500, body: JSON.stringify(object) });
  }
  if (!TYPES.includes(type)) throw bodyError(access, call, "known watch event");
  return event as WatchEvent<T>;
}

/** Cuts a stream of bytes into lines. */
class Lines {
  private readonly decoder = new TextDecoder();
  private parts: string[] = [];
  /** Characters of the line that has not ended yet. */
  pending = 0;

  /** Lines that are complete with these bytes, without empty ones. */
  take(bytes: Uint8Array): string[] {
    const [first = "", ...rest] = this.decoder.decode(bytes, { stream: true }).split("\n");
    this.parts.push(first);
    this.pending += first.length;
    if (rest.length === 0) return [];
    const complete = [this.parts.join(""), ...rest.slice(0, -1)];
    const last = rest.at(-1) ?? "";
    this.parts = [last];
    this.pending = last.length;
    return complete.filter((line) => line.trim() !== "");
  }
}

/** Aborts its signal when the caller's is aborted, or when it is not set anew in time. */
class Alarm {
  readonly signal: AbortSignal;
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.controller.signal]);
  }

  set(milliseconds: number): void {
    clearTimeout(this.timer);
    const say = () => this.controller.abort(new Error(`nothing was heard for ${milliseconds / 1000} s`));
    this.timer = setTimeout(say, milliseconds);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

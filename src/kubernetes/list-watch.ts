import type { ObjectMeta } from "kubernetes-types/meta/v1";
import { sleep } from "../sleep.ts";
import { BackOff, type BackOffLimits } from "./back-off.ts";
import { KubernetesError } from "./errors.ts";
import { listPages } from "./list-pages.ts";
import type { Transport } from "./transport.ts";
import { openWatch, type WatchEvent, type WatchPatience } from "./watch-stream.ts";

/** Which objects to follow, and what to keep of each. */
export interface ListWatchQuery<T, K> {
  /** Of the collection, e.g. `/api/v1/pods`. */
  readonly path: string;
  /** Of one object, e.g. `Pod`. */
  readonly kind: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** What is kept of an object: the rest is forgotten at once, so that a long list costs little memory. */
  readonly pick: (object: T) => K;
}

/** Takes what happens, in the server's order. Nothing here may throw. */
export interface ListWatchSink<K> {
  /** All there is; whatever is not among it does not exist any more. */
  replaced(objects: readonly K[]): void;
  /** New or changed. */
  set(object: K): void;
  /** Deleted, or no longer selected; as it was last. */
  removed(object: K): void;
  /** From now on the objects follow the server. */
  synced?(): void;
  /** They do not for the time being: the server will be asked again in so many milliseconds. */
  failed?(error: KubernetesError, retryIn: number): void;
}

export interface ListWatchHealth {
  /** Since when the objects have followed the server, in milliseconds since the epoch; undefined: they do not now. */
  readonly syncedSince: number | undefined;
  /** The last thing that went wrong, which may be over. */
  readonly lastError: { readonly at: number; readonly error: KubernetesError } | undefined;
}

/** Times in milliseconds; for tests. */
export interface ListWatchOptions {
  readonly patience?: WatchPatience;
  readonly backOff?: BackOffLimits;
  /** The same where only an administrator can help: 401 and 403. */
  readonly slowBackOff?: BackOffLimits;
  readonly pageSize?: number;
}

const PATIENCE: WatchPatience = { answer: 30_000, silence: 150_000 };
const BACK_OFF: BackOffLimits = { first: 1000, longest: 30_000 };
const SLOW_BACK_OFF: BackOffLimits = { first: 30_000, longest: 60_000 };
const PAGE_SIZE = 500;
/** Seconds after which the server ends a watch; spread, so that not all nodes return at once. */
const WATCH_SECONDS = { least: 300, most: 600 };
/** Milliseconds: a watch that ends sooner and has told nothing was not worth opening. */
const SHORT_LIFE = 1000;
/** Watches refused in a row after which the version is not trusted any more. */
const MOST_REFUSED = 3;

interface Listed {
  metadata?: ObjectMeta;
}

/**
 * Follows a collection of objects: lists it, then watches it from the list's version (Kubernetes API concepts,
 * "Efficient detection of changes"). A watch that ends is resumed from the last version seen, bookmarks included; when
 * the server has forgotten what came after it (410) or has gone back in time, the collection is listed anew.
 */
export class ListWatch<T extends Listed, K> {
  private version: string | undefined;
  /** The first list may come from the server's cache, which is cheap; one after 410 must be up to date. */
  private cached = true;
  private refused = 0;
  private syncedSince: number | undefined;
  private lastError: ListWatchHealth["lastError"];
  private waiting = new AbortController();
  private readonly backOff: BackOff;
  private readonly slowBackOff: BackOff;

  constructor(
    private readonly transport: Transport,
    private readonly query: ListWatchQuery<T, K>,
    private readonly sink: ListWatchSink<K>,
    private readonly options: ListWatchOptions = {},
  ) {
    this.backOff = new BackOff(options.backOff ?? BACK_OFF);
    this.slowBackOff = new BackOff(options.slowBackOff ?? SLOW_BACK_OFF);
  }

  get health(): ListWatchHealth {
    return { syncedSince: this.syncedSince, lastError: this.lastError };
  }

  /** Works until the signal is aborted; then it resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.version ??= await this.list(signal);
        await this.watch(this.version, signal);
      } catch (error) {
        if (signal.aborted) return;
        const wait = this.fail(error);
        this.waiting = new AbortController();
        await sleep(wait, AbortSignal.any([signal, this.waiting.signal]));
      }
    }
  }

  /** Somebody has just been answered by the server: ends the wait for it, unless it is us whom it does not want. */
  hurry(): void {
    const kind = this.lastError?.error.kind;
    if (this.syncedSince !== undefined || kind === "unauthorized" || kind === "forbidden") return;
    this.backOff.reset();
    this.waiting.abort();
  }

  /** @returns the version of the list */
  private async list(signal: AbortSignal): Promise<string> {
    const { path, kind, pick } = this.query;
    const query = selection(this.query);
    if (this.cached) query.set("resourceVersion", "0");
    const pageSize = this.options.pageSize ?? PAGE_SIZE;
    const { objects, version } = await listPages(
      this.transport,
      { path, kind, query, pageSize, pick },
      signal,
    );
    this.cached = false;
    this.sink.replaced(objects);
    return version;
  }

  private async watch(version: string, signal: AbortSignal): Promise<void> {
    const query = selection(this.query);
    const { least, most } = WATCH_SECONDS;
    query.set("watch", "true");
    query.set("allowWatchBookmarks", "true");
    query.set("resourceVersion", version);
    query.set("timeoutSeconds", String(Math.round(least + (most - least) * Math.random())));
    const path = `${this.query.path}?${query}`;
    const events = await openWatch<T>(this.transport, path, this.options.patience ?? PATIENCE, signal);
    const openedAt = performance.now();
    this.succeed();
    let heard = false;
    for await (const event of events) {
      this.take(event);
      this.settle();
      heard = true;
    }
    if (heard || performance.now() - openedAt >= SHORT_LIFE) this.settle();
    else throw new KubernetesError("unavailable", endedAtOnce(this.transport.access.server, this.query.path));
  }

  private take({ type, object }: WatchEvent<T>): void {
    const version = object.metadata?.resourceVersion ?? "";
    if (this.version !== undefined && isOlder(version, this.version)) {
      throw new KubernetesError("gone", wentBack(this.transport.access.server, version, this.version));
    }
    this.version = version;
    if (type === "BOOKMARK") return;
    const kept = this.query.pick(object);
    if (type === "DELETED") this.sink.removed(kept);
    else this.sink.set(kept);
  }

  private succeed(): void {
    if (this.syncedSince !== undefined) return;
    this.syncedSince = Date.now();
    this.sink.synced?.();
  }

  /** The server does what it should: the next failure is a first one again. */
  private settle(): void {
    this.refused = 0;
    this.backOff.reset();
    this.slowBackOff.reset();
  }

  /** @returns milliseconds to wait */
  private fail(thrown: unknown): number {
    const error = thrown instanceof KubernetesError ? thrown : unforeseen(thrown);
    if (error.status !== undefined) this.refused++;
    if (error.kind === "gone" || this.refused >= MOST_REFUSED) {
      this.version = undefined;
      this.cached = false;
      this.refused = 0;
    }
    this.syncedSince = undefined;
    this.lastError = { at: Date.now(), error };
    const slow = error.kind === "unauthorized" || error.kind === "forbidden";
    const wait = slow ? this.slowBackOff.next() : this.backOff.next();
    this.sink.failed?.(error, wait);
    return wait;
  }
}

function selection({ fieldSelector, labelSelector }: ListWatchQuery<never, unknown>): URLSearchParams {
  return new URLSearchParams({
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(labelSelector !== undefined && { labelSelector }),
  });
}

/**
 * Versions are numbers that grow (Kubernetes API concepts, "Resource versions"). One that does not comes from a server
 * whose store was restored from a backup: what we know may never have happened there.
 */
function isOlder(version: string, than: string): boolean {
  const numbers = /^\d+$/.test(version) && /^\d+$/.test(than);
  return numbers && BigInt(version) < BigInt(than);
}

function endedAtOnce(server: string, path: string): string {
  return `API server ${server} ends each watch of ${path} at once: look at its log, and at proxies in between`;
}

function wentBack(server: string, version: string, last: string): string {
  return `API server ${server} is at version ${version} after ${last}: it was restored, and is listed anew`;
}

function unforeseen(thrown: unknown): KubernetesError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new KubernetesError("unexpected", message, { cause: thrown });
}

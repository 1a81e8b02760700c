import type { Collection } from "./collection.ts";
import type { Change } from "./history.ts";
import type { ApiObject, StoredObject } from "./objects.ts";
import type { Selector } from "./selector.ts";
import type { Refusal } from "./status.ts";

/** How a watch is asked for (Kubernetes API concepts, "Efficient detection of changes"). */
export interface WatchQuery {
  readonly namespace?: string;
  readonly selector: Selector;
  /** Changes after this version; 0: all there is as ADDED, then what changes. */
  readonly version: number;
  readonly bookmarks: boolean;
  /** The server ends the watch after so many seconds. */
  readonly timeoutSeconds?: number;
}

/** One open watch: a body that lines are written to. */
export class Watch {
  readonly body: ReadableStream<Uint8Array>;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private stopListening = () => {};
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stalled = false;

  /**
   * @param ended called once, when either side has closed it
   * @throws {Refusal} 410 when changes after the version are forgotten
   */
  constructor(
    private readonly collection: Collection<ApiObject>,
    private readonly query: WatchQuery,
    private readonly ended: (watch: Watch) => void,
  ) {
    const missed = query.version === 0 ? [] : collection.history.since(query.version);
    this.body = new ReadableStream({
      start: (controller) => this.start(controller, missed),
      cancel: () => this.release(),
    });
  }

  /** Tells how far this watch is, if it wants to know. */
  bookmark(): void {
    if (!this.query.bookmarks) return;
    const { kind } = this.collection.resource;
    const metadata = { resourceVersion: String(this.collection.history.version) };
    this.send("BOOKMARK", { kind, apiVersion: "v1", metadata });
  }

  /** Reports a failure within the stream, and ends it. */
  fail(refusal: Refusal): void {
    this.send("ERROR", refusal.body());
    this.close();
  }

  /** Nothing is sent any more, and the connection stays: what a dead peer looks like. */
  stall(): void {
    this.stalled = true;
  }

  close(): void {
    const { controller } = this;
    this.release();
    controller?.close();
  }

  private start(controller: ReadableStreamDefaultController<Uint8Array>, missed: readonly Change[]): void {
    this.controller = controller;
    // Bun sends the headers together with the first bytes; readers of JSON pass over an empty line.
    controller.enqueue(new TextEncoder().encode("\n"));
    if (this.query.version === 0) {
      const { items } = this.collection.list(this.query.namespace, { selector: this.query.selector });
      for (const object of items) this.send("ADDED", object);
    }
    for (const change of missed) this.tell(change);
    this.stopListening = this.collection.history.listen((change) => this.tell(change));
    if (this.query.timeoutSeconds !== undefined) {
      this.timer = setTimeout(() => this.close(), this.query.timeoutSeconds * 1000);
    }
  }

  /** What a change of an object means to this watch: objects come into its selection and leave it. */
  private tell({ version, resource, before, after }: Change): void {
    if (resource !== this.collection.resource.name) return;
    const was = before !== undefined && this.selects(before);
    const is = after !== undefined && this.selects(after);
    if (is) this.send(was ? "MODIFIED" : "ADDED", after);
    else if (was) {
      this.send("DELETED", { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } });
    }
  }

  private selects(object: StoredObject): boolean {
    const { namespace, selector } = this.query;
    return (namespace === undefined || object.metadata.namespace === namespace) && selector(object);
  }

  private send(type: string, object: unknown): void {
    if (this.stalled) return;
    this.controller?.enqueue(new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`));
  }

  private release(): void {
    if (this.controller === undefined) return;
    this.controller = undefined;
    clearTimeout(this.timer);
    this.stopListening();
    this.ended(this);
  }
}

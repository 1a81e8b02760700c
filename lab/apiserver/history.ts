import type { StoredObject } from "./objects.ts";
import { expired } from "./status.ts";

/** One change of one object, as watches tell it. */
export interface Change {
  /** Of the whole server: versions of all resources come from one counter. */
  readonly version: number;
  /** `pods`, `events`. */
  readonly resource: string;
  /** The object before; absent when it is new. */
  readonly before?: StoredObject;
  /** The object after; absent when it is deleted. */
  readonly after?: StoredObject;
}

/** Older changes are forgotten by themselves, so that a long test's server stays small. */
const MOST_CHANGES = 10_000;

/** What has happened on the server, for watches that resume and for lists of many pages; like etcd's, it is compacted. */
export class History {
  private changes: Change[] = [];
  private readonly listeners = new Set<(change: Change) => void>();
  private oldest = 0;
  private newest = 0;

  /** The version of the last change. */
  get version(): number {
    return this.newest;
  }

  /** Gives the change the next version and tells every listener. @returns that version */
  record(make: (version: number) => Omit<Change, "version">): number {
    const version = ++this.newest;
    const change = { version, ...make(version) };
    this.changes.push(change);
    if (this.changes.length > MOST_CHANGES) this.forget(this.changes[0]?.version ?? 0);
    for (const listener of [...this.listeners]) listener(change);
    return version;
  }

  /** @throws {Refusal} 410 when changes after that version are forgotten */
  since(version: number): readonly Change[] {
    if (version < this.oldest) throw expired(version, this.oldest);
    return this.changes.filter((change) => change.version > version);
  }

  /** Forgets every change so far: whoever asks for what came after an older version than today's gets 410. */
  compact(): void {
    this.forget(this.newest);
  }

  /** Goes on from a version of which nothing but the number is known. */
  restore(version: number): void {
    this.newest = version;
    this.compact();
  }

  /** @returns how to stop it */
  listen(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private forget(version: number): void {
    this.oldest = version;
    this.changes = this.changes.filter((change) => change.version > version);
  }
}

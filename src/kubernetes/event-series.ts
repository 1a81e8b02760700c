import { BoundedMap } from "./bounded-map.ts";

/** What makes two events the same. */
export interface EventKind {
  readonly type: "Normal" | "Warning";
  /** In CamelCase, e.g. `Attached`. */
  readonly reason: string;
  readonly message: string;
}

/** An event that was written, and may happen again. */
export interface EventRecord {
  /** `metadata.name` of the event; undefined while it is not written. */
  name: string | undefined;
  /** How often it has happened. */
  count: number;
  /** When it happened first, in milliseconds since the epoch. */
  first: number;
  message: string;
}

interface Group {
  readonly messages: Set<string>;
  /** When the last one came, in milliseconds since the epoch. */
  last: number;
}

/** Different messages of one reason about one object that are told one by one; further ones are told together. */
const MOST_MESSAGES = 10;
/** Milliseconds of quiet after which they are counted anew. */
const QUIET = 600_000;
const MOST_RECORDS = 1024;

/** Which events are repetitions of one another, so that they are counted instead of piled up. */
export class EventSeries {
  private readonly records = new BoundedMap<string, EventRecord>(MOST_RECORDS);
  private readonly groups = new BoundedMap<string, Group>(MOST_RECORDS);

  /** The event that this one repeats, or a new one that has not happened yet. */
  of(uid: string, kind: EventKind, now: number): EventRecord {
    const group = `${uid} ${kind.type} ${kind.reason}`;
    const isOneTooMany = !this.admit(group, kind.message, now);
    const key = isOneTooMany ? group : `${group} ${kind.message}`;
    const record = this.records.get(key) ?? { name: undefined, count: 0, first: now, message: "" };
    record.message = isOneTooMany ? `(combined from similar events): ${kind.message}` : kind.message;
    this.records.set(key, record);
    return record;
  }

  private admit(key: string, message: string, now: number): boolean {
    const known = this.groups.get(key);
    const group =
      known !== undefined && now - known.last < QUIET ? known : { messages: new Set<string>(), last: now };
    group.last = now;
    this.groups.set(key, group);
    if (group.messages.has(message)) return true;
    if (group.messages.size >= MOST_MESSAGES) return false;
    group.messages.add(message);
    return true;
  }
}

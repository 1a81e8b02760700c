import { PRIORITIES, type Priority, type Turn } from "../call-gate.ts";

/** A call of a lower priority that has waited this long, in milliseconds, gets a share of the starts … */
const PATIENCE_MS = 5000;
/** … of one in so many, so that a backlog of them cannot overtake the pods either. */
const SHARE = 4;

/** A call in the queue, or under way. */
export interface Place extends Turn {
  /** When it came, in milliseconds of the queue's clock. */
  readonly since: number;
}

/**
 * Which call starts next. Pure: it is told the time, in milliseconds of any clock.
 *
 * Calls start by priority, lanes of one priority take turns, calls of one lane start as they came. Slots are kept back from
 * those who could block others, for a call that is under way cannot be taken back: only pods get the last slot, and no lane gets
 * all that its calls could. With three slots or more a lane whose calls hang therefore stops no other lane.
 */
export class Queue<P extends Place> {
  #slots: number;
  /** Per priority the lanes in which calls wait; the lane whose turn is next comes first. */
  readonly #lanes: Readonly<Record<Priority, Map<string, P[]>>> = {
    pod: new Map(),
    pool: new Map(),
    delete: new Map(),
  };
  readonly #underWay = new Set<P>();
  /** Starts since a call got its share for having waited long. */
  #sinceShare = 0;

  /** @param slots how many calls may be under way */
  constructor(slots: number) {
    this.#slots = slots;
  }

  /** Those beyond a smaller number end first. */
  set slots(slots: number) {
    this.#slots = slots;
  }

  get underWay(): number {
    return this.#underWay.size;
  }

  waiting(priority: Priority): number {
    let count = 0;
    for (const places of this.#lanes[priority].values()) count += places.length;
    return count;
  }

  /** Puts a call at the end of its lane. */
  add(place: P): void {
    const lanes = this.#lanes[place.priority];
    const lane = lanes.get(place.lane);
    if (lane === undefined) lanes.set(place.lane, [place]);
    else lane.push(place);
  }

  /** Takes a call away, whether it waits or is under way. */
  remove(place: P): void {
    if (this.#underWay.delete(place)) return;
    const lanes = this.#lanes[place.priority];
    const lane = lanes.get(place.lane) ?? [];
    const index = lane.indexOf(place);
    if (index >= 0) lane.splice(index, 1);
    if (lane.length === 0) lanes.delete(place.lane);
  }

  /**
   * Lets the next call start.
   * @param isOpen whether calls of a priority may start now
   * @returns undefined when none may: none waits, or there is no slot for those that do
   */
  next(now: number, isOpen: (priority: Priority) => boolean = () => true): P | undefined {
    const order = this.#order(now);
    for (const priority of order) {
      const place = isOpen(priority) ? this.#take(priority) : undefined;
      if (place === undefined) continue;
      this.#underWay.add(place);
      const isShare = order !== PRIORITIES && priority === order[0];
      this.#sinceShare = isShare || this.#hasShare(priority, place, now) ? 0 : this.#sinceShare + 1;
      return place;
    }
    return undefined;
  }

  /** By priority, unless it is time for those who have waited too long: then the longest waiting of them is first. */
  #order(now: number): readonly Priority[] {
    if (this.#sinceShare < SHARE - 1) return PRIORITIES;
    const [, ...lower] = PRIORITIES;
    const impatient = lower
      .map((priority) => ({ priority, since: this.#oldest(priority) }))
      .filter(({ since }) => now - since >= PATIENCE_MS)
      .sort((a, b) => a.since - b.since)[0];
    return impatient === undefined ? PRIORITIES : [impatient.priority, ...PRIORITIES];
  }

  #hasShare(priority: Priority, { since }: P, now: number): boolean {
    return priority !== "pod" && now - since >= PATIENCE_MS;
  }

  /** Since when the longest waiting of those waits who could start: a lane that hangs has no use for a share. */
  #oldest(priority: Priority): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const [name, [first]] of this.#lanes[priority]) {
      if (this.#laneHasSlot(priority, name)) oldest = Math.min(oldest, first?.since ?? oldest);
    }
    return oldest;
  }

  /** The first call of the first lane that may have another slot; that lane's next turn comes after the others'. */
  #take(priority: Priority): P | undefined {
    if (!this.#hasSlot(priority)) return undefined;
    const lanes = this.#lanes[priority];
    for (const [name, places] of lanes) {
      if (!this.#laneHasSlot(priority, name)) continue;
      const place = places.shift();
      lanes.delete(name);
      if (places.length > 0) lanes.set(name, places);
      return place;
    }
    return undefined;
  }

  /** Pods may have every slot, all others together one less. */
  #hasSlot(priority: Priority): boolean {
    if (priority === "pod") return this.#underWay.size < this.#slots;
    const others = this.#count((place) => place.priority !== "pod");
    return this.#underWay.size < this.#slots && others < Math.max(1, this.#slots - 1);
  }

  /** The same for one lane, with one slot less. */
  #laneHasSlot(priority: Priority, lane: string): boolean {
    const inLane = this.#count((place) => place.lane === lane);
    if (priority === "pod") return inLane < Math.max(1, this.#slots - 1);
    const others = this.#count((place) => place.lane === lane && place.priority !== "pod");
    return inLane < Math.max(1, this.#slots - 1) && others < Math.max(1, this.#slots - 2);
  }

  #count(matches: (place: P) => boolean): number {
    let count = 0;
    for (const place of this.#underWay) if (matches(place)) count++;
    return count;
  }
}

/** A call that takes longer has waited for others at Neutron, in milliseconds: creating a bound port takes it half a second. */
const SLOW_MS = 8_000;
/** One that takes less has hardly waited. */
const QUICK_MS = 3_000;

/**
 * How many calls may be under way, as Neutron's answers tell. It works on few calls at a time and lets the others wait: the
 * more there are, the longer each one takes, until they all outlast their time-outs and are made again, which is work on top
 * of work. Many nodes that each send less when answers are slow keep that queue short, and nothing is lost, for Neutron is
 * busy all the same. Pure: it is told how long calls took.
 */
export class Window {
  readonly #most: number;
  #calls: number;
  /** Calls that began before say nothing of a change: so many changes there were. */
  #changes = 0;
  #quick = 0;

  /** @param most calls under way where Neutron is quick */
  constructor(most: number) {
    this.#most = most;
    this.#calls = most;
  }

  /** How many calls may be under way: at least one. */
  get calls(): number {
    return this.#calls;
  }

  /** A call starts. @returns what to tell when it is over */
  started(): number {
    return this.#changes;
  }

  /**
   * A call is over: half as many after a slow one, one more when as many as there may be were quick.
   *
   * @param began what `started` answered
   */
  finished(began: number, ms: number): void {
    if (ms > SLOW_MS) {
      this.#quick = 0;
      if (began === this.#changes) this.#set(Math.ceil(this.#calls / 2));
    } else if (ms < QUICK_MS && ++this.#quick >= this.#calls) {
      this.#set(Math.min(this.#most, this.#calls + 1));
    }
  }

  /** Whether a call took so long that Neutron has too much to do. */
  static isSlow(ms: number): boolean {
    return ms > SLOW_MS;
  }

  #set(calls: number): void {
    this.#quick = 0;
    if (calls === this.#calls) return;
    this.#calls = calls;
    this.#changes += 1;
  }
}

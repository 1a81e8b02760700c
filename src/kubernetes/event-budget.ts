import { BoundedMap } from "./bounded-map.ts";

export interface EventBudgetLimits {
  /** Events that one object may have at once. */
  readonly burst: number;
  /** Milliseconds until it may have one more. */
  readonly refill: number;
}

/** As client-go's spam filter has it, so that skynet is no louder than the kubelet. */
const LIMITS: EventBudgetLimits = { burst: 25, refill: 300_000 };
const MOST_OBJECTS = 1024;

interface Account {
  spent: number;
  /** When `spent` was right, in milliseconds. */
  at: number;
}

/** How many events are still to be written about each object: a token bucket for every UID. */
export class EventBudget {
  private readonly accounts = new BoundedMap<string, Account>(MOST_OBJECTS);

  constructor(private readonly limits: EventBudgetLimits = LIMITS) {}

  isSpent(uid: string, now: number): boolean {
    return this.spent(uid, now) > this.limits.burst - 1;
  }

  spend(uid: string, now: number): void {
    this.accounts.set(uid, { spent: this.spent(uid, now) + 1, at: now });
  }

  private spent(uid: string, now: number): number {
    const { spent, at } = this.accounts.get(uid) ?? { spent: 0, at: now };
    return Math.max(0, spent - (now - at) / this.limits.refill);
  }
}

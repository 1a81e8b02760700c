import type { Collection } from "./collection.ts";
import type { ApiObject } from "./objects.ts";
import type { Refusal } from "./status.ts";
import { Watch, type WatchQuery } from "./watch.ts";

/** Every open watch of the server, and what may be done to them. */
export class Watches {
  private readonly open = new Set<Watch>();
  private waiting: { count: number; resolve: () => void }[] = [];

  get count(): number {
    return this.open.size;
  }

  /** @throws {Refusal} 410 */
  start(collection: Collection<ApiObject>, query: WatchQuery): Watch {
    const watch = new Watch(collection, query, (ended) => {
      this.open.delete(ended);
      this.announce();
    });
    this.open.add(watch);
    this.announce();
    return watch;
  }

  bookmark(): void {
    for (const watch of [...this.open]) watch.bookmark();
  }

  fail(refusal: Refusal): void {
    for (const watch of [...this.open]) watch.fail(refusal);
  }

  stall(): void {
    for (const watch of this.open) watch.stall();
  }

  close(): void {
    for (const watch of [...this.open]) watch.close();
  }

  /** Resolves once exactly so many watches are open. */
  reached(count: number): Promise<void> {
    if (this.count === count) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push({ count, resolve }));
  }

  private announce(): void {
    const reached = this.waiting.filter(({ count }) => count === this.count);
    this.waiting = this.waiting.filter((waiter) => !reached.includes(waiter));
    for (const { resolve } of reached) resolve();
  }
}

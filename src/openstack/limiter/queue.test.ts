import { expect, test } from "bun:test";
import type { Priority } from "../call-gate.ts";
import { type Place, Queue } from "./queue.ts";

interface Named extends Place {
  readonly name: string;
}

/** A queue that is spoken to in short: `pod/a1` is a pod's call number 1 in lane `a`. */
class Short {
  readonly queue: Queue<Named>;
  readonly #places = new Map<string, Named>();

  constructor(slots: number) {
    this.queue = new Queue(slots);
  }

  add(names: string, since = 0): this {
    for (const name of names.split(" ")) {
      const [priority, lane] = name.split(/[/\d]/) as [Priority, string];
      const place = { name, priority, lane, since };
      this.#places.set(name, place);
      this.queue.add(place);
    }
    return this;
  }

  /** Starts what may start. */
  start(now = 0, isOpen?: (priority: Priority) => boolean): string {
    const names: string[] = [];
    for (let next = this.queue.next(now, isOpen); next !== undefined; next = this.queue.next(now, isOpen)) {
      names.push(next.name);
    }
    return names.join(" ");
  }

  /** Ends calls, or takes them back. */
  remove(names: string): this {
    for (const name of names.split(" ")) this.queue.remove(this.#places.get(name) as Named);
    return this;
  }

  /** Starts and ends calls one at a time until none waits. */
  drain(now = 0): string {
    const names: string[] = [];
    for (let next = this.queue.next(now); next !== undefined; next = this.queue.next(now)) {
      names.push(next.name);
      this.queue.remove(next);
    }
    return names.join(" ");
  }
}

test("calls start by priority, and in one lane as they came", () => {
  const queue = new Short(4).add("delete/a1 pool/a1 pod/a1 pod/a2 pool/a2");
  expect(queue.drain()).toBe("pod/a1 pod/a2 pool/a1 pool/a2 delete/a1");
});

test("lanes of one priority take turns, and one that comes late has to wait for one round only", () => {
  const queue = new Short(1).add("pod/a1 pod/a2 pod/a3 pod/b1 pod/b2");
  expect(queue.start()).toBe("pod/a1");
  queue.add("pod/c1").remove("pod/a1");
  expect(queue.drain()).toBe("pod/b1 pod/a2 pod/c1 pod/b2 pod/a3");
});

test("no more calls are under way than there are slots", () => {
  const queue = new Short(4).add("pod/a1 pod/b1 pod/c1 pod/d1 pod/e1");
  expect(queue.start()).toBe("pod/a1 pod/b1 pod/c1 pod/d1");
  expect(queue.start()).toBe("");
  expect(queue.remove("pod/b1").start()).toBe("pod/e1");
});

test("one lane never gets every slot, however much it wants", () => {
  const queue = new Short(4).add("pod/a1 pod/a2 pod/a3 pod/a4 pod/a5");
  expect(queue.start()).toBe("pod/a1 pod/a2 pod/a3");
  expect(queue.add("pod/b1").start()).toBe("pod/b1");
});

test("hanging calls for the pool leave other lanes a slot, and a pod of their own lane, too", () => {
  const queue = new Short(4).add("pool/a1 pool/a2 pool/a3 delete/a1");
  expect(queue.start()).toBe("pool/a1 pool/a2");
  expect(queue.add("pool/b1 pool/c1").start()).toBe("pool/b1");
  expect(queue.add("pod/a1").start()).toBe("pod/a1");
});

test("pods get the last slot", () => {
  const queue = new Short(2).add("pool/a1 delete/b1");
  expect(queue.start()).toBe("pool/a1");
  expect(queue.add("pod/c1").start()).toBe("pod/c1");
});

test("a single slot serves all, one after another", () => {
  const queue = new Short(1).add("delete/a1 pool/a1");
  expect(queue.start()).toBe("pool/a1");
  expect(queue.remove("pool/a1").start()).toBe("delete/a1");
});

test("those who waited long get every fourth start and no more", () => {
  const queue = new Short(1).add("delete/a1 delete/a2 delete/a3");
  queue.add("pod/a1 pod/a2 pod/a3 pod/a4 pod/a5 pod/a6 pod/a7", 6000);
  expect(queue.drain(6000)).toBe(
    "pod/a1 pod/a2 pod/a3 delete/a1 pod/a4 pod/a5 pod/a6 delete/a2 pod/a7 delete/a3",
  );
});

test("of those who waited long the one who waited longest is first", () => {
  const queue = new Short(1).add("delete/a1", 0).add("pool/a1", 1000);
  queue.add("pod/a1 pod/a2 pod/a3 pod/a4 pod/a5 pod/a6", 9000);
  expect(queue.drain(9000)).toBe("pod/a1 pod/a2 pod/a3 delete/a1 pod/a4 pod/a5 pod/a6 pool/a1");
});

test("one who waited long waits no longer for another who did, and whose lane hangs", () => {
  const queue = new Short(4).add("pool/a1 pool/a2 pool/a3");
  expect(queue.start()).toBe("pool/a1 pool/a2");
  queue.add("delete/b1").add("pod/c1 pod/c2 pod/c3 pod/c4 pod/c5 pod/c6", 10_000);
  expect(queue.drain(10_000)).toBe("pod/c1 delete/b1 pod/c2 pod/c3 pod/c4 pod/c5 pod/c6");
});

test("behind one who waited long, and whose lane hangs, nobody overtakes the pods", () => {
  const queue = new Short(4).add("pool/a1 pool/a2 pool/a3");
  expect(queue.start()).toBe("pool/a1 pool/a2");
  queue.add("pool/b1 pool/b2 pool/b3 pod/c1 pod/c2 pod/c3 pod/c4", 10_000);
  expect(queue.drain(10_000)).toBe("pod/c1 pod/c2 pod/c3 pod/c4 pool/b1 pool/b2 pool/b3");
});

test("the share of those who waited long is one start, whichever of their lanes it is the turn of", () => {
  const queue = new Short(1).add("pool/a1 pool/b1", 10_000).add("pool/c1");
  queue.add("pod/d1 pod/d2 pod/d3 pod/d4 pod/d5 pod/d6 pod/d7", 10_000);
  expect(queue.drain(10_000)).toBe(
    "pod/d1 pod/d2 pod/d3 pool/a1 pod/d4 pod/d5 pod/d6 pool/b1 pod/d7 pool/c1",
  );
});

test("a priority that is closed does not start, and holds up no other", () => {
  const queue = new Short(4).add("pool/a1 pod/a1 delete/a1");
  expect(queue.start(0, (priority) => priority !== "pool")).toBe("pod/a1 delete/a1");
  expect(queue.start()).toBe("pool/a1");
});

test("a call that is taken back leaves no trace", () => {
  const queue = new Short(4).add("pod/a1 pod/a2").remove("pod/a1 pod/a1");
  expect(queue.queue.waiting("pod")).toBe(1);
  expect(queue.start()).toBe("pod/a2");
  expect(queue.queue.underWay).toBe(1);
  queue.remove("pod/a2");
  expect([queue.queue.waiting("pod"), queue.queue.underWay]).toEqual([0, 0]);
});

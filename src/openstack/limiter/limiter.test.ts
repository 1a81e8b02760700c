import { expect, test } from "bun:test";
import type { GatedCall, Priority } from "../call-gate.ts";
import { OpenStackError, type OpenStackFailure } from "../errors.ts";
import { type FinishedCall, Limiter } from "./limiter.ts";
import { FakeClock, settled } from "./test-support.ts";

/** A limiter, its clock, and calls that are answered when the test says so. */
class Bench {
  readonly clock = new FakeClock();
  readonly finished: FinishedCall[] = [];
  readonly limiter: Limiter;
  readonly #underWay = new Map<string, PromiseWithResolvers<string>>();

  constructor(calls = 4) {
    const { clock } = this;
    this.limiter = new Limiter({ calls, clock, random: () => 1, onCall: (call) => this.finished.push(call) });
  }

  /** The names of the calls that are being made. */
  get sent(): string {
    return [...this.#underWay.keys()].join(" ");
  }

  /** Asks for a call. @returns its promise, in a list so that it is not waited for */
  async call(
    name: string,
    priority: Priority = "pod",
    more: Partial<GatedCall> = {},
  ): Promise<Promise<string>[]> {
    const { signal } = new AbortController();
    const call = { method: "POST", path: "/v2.0/ports", lane: name, signal, priority, ...more } as const;
    const promise = this.limiter.run(call, () => this.#send(name));
    promise.catch(() => undefined);
    await settled();
    return [promise];
  }

  #send(name: string): Promise<string> {
    const sent = Promise.withResolvers<string>();
    this.#underWay.set(name, sent);
    return sent.promise;
  }

  async answer(name: string, failure?: Partial<OpenStackFailure>): Promise<void> {
    const { resolve, reject } = this.#underWay.get(name) as PromiseWithResolvers<string>;
    this.#underWay.delete(name);
    if (failure === undefined) resolve(name);
    else
      reject(
        new OpenStackError({
          service: "neutron",
          kind: "unavailable",
          said: "busy",
          hint: "wait",
          ...failure,
        }),
      );
    await settled();
  }
}

test("answers and errors come through, and their slots are free again", async () => {
  const bench = new Bench(1);
  const [first] = await bench.call("a");
  const [second] = await bench.call("b");
  expect(bench.sent).toBe("a");
  await bench.answer("a");
  expect(await first).toBe("a");
  await bench.answer("b", { kind: "conflict", status: 409 });
  await expect(second).rejects.toMatchObject({ kind: "conflict" });
  expect(bench.limiter.state).toEqual({
    inFlight: 0,
    waiting: { pod: 0, pool: 0, delete: 0 },
    backingOffMs: 0,
  });
});

test("it tells what is under way and what waits", async () => {
  const bench = new Bench(1);
  await bench.call("a");
  await bench.call("b");
  await bench.call("c", "pool");
  await bench.call("d", "delete");
  await bench.call("e", "delete");
  expect(bench.limiter.state).toMatchObject({ inFlight: 1, waiting: { pod: 1, pool: 1, delete: 2 } });
});

test("the observer learns of every call: what, with which result, how long without the queue", async () => {
  const bench = new Bench(1);
  await bench.call("a");
  await bench.call("b", "pod", { method: "PUT", path: "/v2.0/ports/1/tags" });
  await bench.clock.pass(2000);
  await bench.answer("a");
  await bench.clock.pass(500);
  await bench.answer("b", { kind: "timeout" });
  expect(bench.finished).toEqual([
    { operation: "POST ports", result: "ok", seconds: 2 },
    { operation: "PUT ports/tags", result: "timeout", seconds: 0.5 },
  ]);
});

test("who gives up waiting hears that the queue was skynet's own, and is not sent", async () => {
  const bench = new Bench(1);
  await bench.call("a");
  const deadline = new AbortController();
  const [late] = await bench.call("b", "pod", { signal: deadline.signal });
  await bench.call("c");
  await bench.clock.pass(3000);
  deadline.abort();
  await expect(late).rejects.toMatchObject({
    kind: "timeout",
    ambiguous: false,
    cause: deadline.signal.reason,
  });
  await expect(late).rejects.toThrow(
    "Neutron: POST /v2.0/ports failed: waited 3.0 s in skynet's own queue and was not sent " +
      "(1 of 1 calls under way, 1 others waiting); ",
  );
  await bench.answer("a");
  expect(bench.sent).toBe("c");
});

test("a deadline that is over before sends nothing, even with all slots free", async () => {
  const bench = new Bench();
  const [late] = await bench.call("a", "pod", { signal: AbortSignal.abort() });
  await expect(late).rejects.toMatchObject({ kind: "timeout" });
  expect(bench.sent).toBe("");
});

test("a deadline that ends during the call is the call's affair", async () => {
  const bench = new Bench();
  const deadline = new AbortController();
  const [call] = await bench.call("a", "pod", { signal: deadline.signal });
  deadline.abort();
  await bench.answer("a");
  expect(await call).toBe("a");
});

test.each([413, 429, 503])(
  "after a %d calls wait, and then start one by one until one is answered",
  async (status) => {
    const bench = new Bench();
    await bench.call("a");
    await bench.answer("a", { status });
    for (const name of ["b", "c", "d"]) await bench.call(name, "pool");
    expect(bench.sent).toBe("");
    expect(bench.limiter.state.backingOffMs).toBe(500);
    await bench.clock.pass(499);
    expect(bench.sent).toBe("");
    await bench.clock.pass(1);
    expect(bench.sent).toBe("b");
    await bench.answer("b");
    expect(bench.sent).toBe("c d");
    expect(bench.clock.timers).toBe(0);
  },
);

test("a call without an answer does not stop the next from looking", async () => {
  const bench = new Bench();
  await bench.call("a");
  await bench.answer("a", { status: 503 });
  await bench.call("b");
  await bench.call("c");
  await bench.clock.pass(500);
  expect(bench.sent).toBe("b");
  await bench.clock.pass(2000);
  expect(bench.sent).toBe("b c");
});

test("Retry-After holds for all, but a waiting pod looks once in a while", async () => {
  const bench = new Bench();
  await bench.call("a");
  await bench.answer("a", { status: 429, retryAfterMs: 60_000 });
  await bench.call("b");
  await bench.call("c", "pool");
  await bench.clock.pass(4999);
  expect(bench.sent).toBe("");
  await bench.clock.pass(1);
  expect(bench.sent).toBe("b");
  await bench.answer("b", { status: 429, retryAfterMs: 60_000 });
  await bench.clock.pass(74_999);
  expect(bench.sent).toBe("");
  await bench.clock.pass(1);
  expect(bench.sent).toBe("c");
});

test("who gives up while Neutron refuses hears that, too", async () => {
  const bench = new Bench();
  await bench.call("a");
  await bench.answer("a", { status: 503, retryAfterMs: 60_000, method: "GET", url: "http://n/v2.0/ports" });
  const deadline = new AbortController();
  const [late] = await bench.call("b", "pool", { signal: deadline.signal });
  deadline.abort();
  await expect(late).rejects.toThrow(
    "Neutron refuses for load: Neutron: GET http://n/v2.0/ports failed (503): busy",
  );
  expect(bench.clock.timers).toBe(0);
});

test.each([
  ["an error of the call is an answer", { kind: "notFound", status: 404 }, "c d"],
  ["a proxy's error proves nothing", { status: 502 }, "c"],
  ["no answer proves nothing", { kind: "unreachable" }, "c"],
] as const)("%s", async (_, failure, sent) => {
  const bench = new Bench();
  await bench.call("a");
  await bench.answer("a", { status: 503 });
  for (const name of ["b", "c", "d"]) await bench.call(name);
  await bench.clock.pass(500);
  await bench.answer("b", failure);
  await bench.clock.pass(2000);
  expect(bench.sent).toBe(sent);
});

test("a Neutron that answers late gets fewer calls at once, and one that is quick again as many as before", async () => {
  const bench = new Bench(4);
  for (const name of ["a", "b", "c", "d", "e", "f", "g"]) await bench.call(name);
  expect(bench.sent).toBe("a b c d");
  await bench.clock.pass(10_000);
  for (const name of ["a", "b", "c"]) await bench.answer(name);
  expect(bench.sent).toBe("d e");
  await bench.answer("d");
  for (const name of ["e", "f", "g"]) await bench.answer(name);
  for (const name of ["h", "i", "j"]) await bench.call(name);
  expect(bench.sent).toBe("h i j");
});

test("a call that had no answer in time counts as a refusal, one that was given up soon as nothing", async () => {
  const bench = new Bench(4);
  await bench.call("a");
  await bench.answer("a", { kind: "timeout" });
  expect(bench.limiter.state.backingOffMs).toBe(0);
  await bench.call("b");
  await bench.clock.pass(60_000);
  await bench.answer("b", { kind: "timeout" });
  expect(bench.limiter.state.backingOffMs).toBe(500);
});

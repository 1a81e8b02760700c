/** The limiter as a whole, in random traffic and between real requests. */
import { describe, expect, test } from "bun:test";
import { PRIORITIES, type Priority } from "../call-gate.ts";
import { OpenStackError } from "../errors.ts";
import { Neutron } from "../neutron/client.ts";
import { getPort } from "../neutron/ports.ts";
import { ample, type FakeReply, fakePort, inTurn, NO_PAUSES, noauthSession, serve } from "../test-support.ts";
import { type FinishedCall, Limiter } from "./limiter.ts";
import { FakeClock } from "./test-support.ts";

/** Repeatable numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Calls of all kinds, some hanging, refused or given up, against one limiter; `peak` is the most that were under way. */
class Traffic {
  readonly clock = new FakeClock();
  readonly random: () => number;
  readonly limiter: Limiter;
  readonly underWay = new Map<string, number>();
  readonly settled: Promise<unknown>[] = [];
  peak = 0;
  peakOfLane = 0;

  constructor(seed: number) {
    this.random = randomFrom(seed);
    this.limiter = new Limiter({ calls: 4, clock: this.clock, random: this.random });
  }

  pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)] as T;
  }

  start(): void {
    const lane = this.pick(["a", "b", "c"]);
    const priority: Priority = this.pick(PRIORITIES);
    const deadline = new AbortController();
    if (this.random() < 0.2) this.clock.after(this.random() * 5000, () => deadline.abort());
    const call = { method: "PUT", path: "/v2.0/ports/1", lane, priority, signal: deadline.signal } as const;
    this.settled.push(this.limiter.run(call, () => this.send(lane)).catch((error) => error.kind));
  }

  async send(lane: string): Promise<void> {
    const inLane = (this.underWay.get(lane) ?? 0) + 1;
    this.underWay.set(lane, inLane);
    this.peakOfLane = Math.max(this.peakOfLane, inLane);
    this.peak = Math.max(this.peak, this.limiter.state.inFlight);
    const ms = this.random() < 0.05 ? 60_000 : this.random() * 500;
    await new Promise<void>((resolve) => this.clock.after(ms, resolve));
    this.underWay.set(lane, (this.underWay.get(lane) ?? 0) - 1);
    if (this.random() < 0.1) {
      throw new OpenStackError({
        service: "neutron",
        kind: "unavailable",
        status: 503,
        said: "busy",
        hint: "wait",
      });
    }
  }
}

describe("random traffic", () => {
  test.each([1, 2, 3, 4, 5])("keeps its bounds and leaves nothing behind (seed %d)", async (seed) => {
    const traffic = new Traffic(seed);
    for (let calls = 0; calls < 200; calls++) {
      traffic.start();
      await traffic.clock.pass(traffic.random() * 100);
    }
    await traffic.clock.pass(3_600_000);
    const results = await Promise.all(traffic.settled);
    expect(new Set(results)).toEqual(new Set([undefined, "unavailable", "timeout"]));
    expect([traffic.peak, traffic.peakOfLane]).toEqual([4, 3]);
    expect(traffic.limiter.state).toEqual({
      inFlight: 0,
      waiting: { pod: 0, pool: 0, delete: 0 },
      backingOffMs: 0,
    });
    expect(traffic.clock.timers).toBe(0);
  });
});

const PORT: FakeReply = { body: { port: fakePort() } };

test("a network whose calls hang does not stop another's", async () => {
  await using server = await serve(({ path }) => (path.endsWith("/slow") ? "hang" : PORT));
  const limiter = new Limiter({ calls: 4 });
  const neutron = new Neutron(noauthSession(server.url, { gate: limiter }), []);
  const deadline = new AbortController();
  const slow = neutron.with({ lane: "slow" });
  const hanging = Array.from({ length: 10 }, () => getPort(slow, "slow", deadline.signal));
  const quick = neutron.with({ lane: "quick" });
  for (let calls = 0; calls < 5; calls++) await getPort(quick, "quick", ample());
  expect(limiter.state).toMatchObject({ inFlight: 3, waiting: { pod: 7 } });
  deadline.abort();
  const errors = (await Promise.allSettled(hanging)).map((result) =>
    String((result as PromiseRejectedResult).reason),
  );
  expect(errors.filter((error) => error.includes("skynet's own queue"))).toHaveLength(7);
  expect(limiter.state.inFlight).toBe(0);
});

test("a retry that pauses holds no place", async () => {
  await using server = await serve(inTurn("drop", PORT));
  const calls: FinishedCall[] = [];
  const limiter = new Limiter({ calls: 1, onCall: (call) => calls.push(call) });
  const retry = { ...NO_PAUSES, firstMs: 20, capMs: 20 };
  const neutron = new Neutron(noauthSession(server.url, { gate: limiter, retry }), []);
  const first = getPort(neutron, "1", ample());
  const second = getPort(neutron, "2", ample());
  await Promise.all([first, second]);
  expect(calls.map(({ result }) => result)).toEqual(["unreachable", "ok", "ok"]);
  expect(server.calls).toEqual(["GET /v2.0/ports/1", "GET /v2.0/ports/2", "GET /v2.0/ports/1"]);
});

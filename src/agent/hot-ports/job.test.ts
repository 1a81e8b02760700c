import { expect, test } from "bun:test";
import { FakeClock, settled } from "../../openstack/limiter/test-support.ts";
import { Job } from "./job.ts";

interface Trial {
  clock: FakeClock;
  job: Job;
  /** When it ran. */
  runs: number[];
  failures: [message: string, pauseMs: number][];
  recoveries: number;
}

/** A job that does in each run what the next of `outcomes` says: its pause, or its error. */
function trial(...outcomes: (number | undefined | Error | Promise<undefined>)[]): Trial {
  const clock = new FakeClock();
  const it: Trial = { clock, runs: [], failures: [], recoveries: 0, job: undefined as unknown as Job };
  it.job = new Job({
    clock,
    random: () => 1,
    run: async () => {
      it.runs.push(clock.now());
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    onFailure: (error, pauseMs) => it.failures.push([String(error), pauseMs]),
    onRecovery: () => {
      it.recoveries += 1;
    },
  });
  return it;
}

test("it runs when it is woken, the earliest time counting", async () => {
  const { job, clock, runs } = trial();
  job.wake(100);
  job.wake(50);
  job.wake(70);
  await clock.pass(200);
  expect(runs).toEqual([50]);
  expect(clock.timers).toBe(0);
});

test("it runs again when it said so", async () => {
  const { job, clock, runs } = trial(30, 30, undefined);
  job.wake();
  await clock.pass(200);
  expect(runs).toEqual([0, 30, 60]);
});

test("it is never at work twice, and what woke it meanwhile is seen to afterwards", async () => {
  const slow = Promise.withResolvers<undefined>();
  const { job, clock, runs } = trial(slow.promise);
  job.wake();
  await clock.pass(1);
  job.wake();
  job.wake(5);
  await clock.pass(10);
  expect(runs).toEqual([0]);
  slow.resolve(undefined);
  await settled();
  await clock.pass(0);
  expect(runs).toEqual([0, 11]);
});

test("after failures it pauses longer and longer, though it is woken", async () => {
  const it = trial(new Error("a"), new Error("b"), undefined);
  it.job.wake();
  await it.clock.pass(10);
  it.job.wake();
  await it.clock.pass(5_000);
  expect(it.runs).toEqual([0, 1_000, 3_000]);
  expect(it.failures).toEqual([
    ["Error: a", 1_000],
    ["Error: b", 2_000],
  ]);
  expect(it.recoveries).toBe(1);
});

test("a failure that is forgiven is tried at once", async () => {
  const { job, clock, runs } = trial(new Error("a"));
  job.wake();
  await clock.pass(10);
  job.forgive();
  await clock.pass(0);
  expect(runs).toEqual([0, 10]);
});

test("a stopped job ends what is at work, and cannot be woken", async () => {
  const { job, clock, runs } = trial();
  job.wake(10);
  await job.stop();
  job.wake();
  await clock.pass(100);
  expect(runs).toEqual([]);
});

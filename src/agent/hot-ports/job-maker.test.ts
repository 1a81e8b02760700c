import { expect, test } from "bun:test";
import { silent } from "../../log.ts";
import { jobMaker } from "./job-maker.ts";

/** A job by a clock that somebody puts on or back, and whose timers a test lets go off; its first run fails. */
function scene() {
  const it = { jumpMs: 0, pauses: [] as number[], goOff: () => {} };
  const clock = {
    now: () => Date.now() + it.jumpMs,
    after: (ms: number, run: () => void) => {
      it.pauses.push(ms);
      it.goOff = run;
      return () => {};
    },
  };
  const outcomes = [new Error("away")];
  const job = jobMaker({ clock, random: () => 1 }, silent, () => {})("work", async () => {
    const failure = outcomes.shift();
    if (failure !== undefined) throw failure;
    return undefined;
  });
  return { it, job };
}

/** Lets a run come to its end. */
const ended = () => new Promise((resolve) => setImmediate(resolve));

test("a clock that is put on does not keep work waiting that is due", () => {
  const { it, job } = scene();
  job.wake(600_000);
  it.jumpMs = 3_600_000;
  job.wake();
  expect(it.pauses.at(-1)).toBe(0);
});

test("a clock that is put back does not keep work waiting that has failed before", async () => {
  const { it, job } = scene();
  it.jumpMs = 3_600_000;
  job.wake();
  it.goOff();
  await ended();
  it.jumpMs = 0;
  it.goOff();
  await ended();
  job.wake();
  expect(Math.max(...it.pauses)).toBeLessThanOrEqual(1_000);
});

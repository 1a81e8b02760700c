import { expect, test } from "bun:test";
import { Deadline, DeadlineError } from "./deadline.ts";

/** What everything that waits gets: the reason of the signal's end. */
function ended(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(signal.reason)));
}

test("what waits on a deadline ends with it, and the error says what had how long", async () => {
  using deadline = new Deadline("ADD", 0.02);
  const reason = await ended(deadline.signal);
  expect(reason).toBeInstanceOf(DeadlineError);
  expect((reason as Error).message).toBe("ADD was not done within its 0.02 s");
  expect(deadline.leftMs).toBe(0);
});

test("a step is refused before it begins when what is left cannot suffice", () => {
  using deadline = new Deadline("ADD", 1);
  deadline.require(500, "making a port");
  expect(() => deadline.require(2_000, "making a port")).toThrow(DeadlineError);
  expect(() => deadline.require(2_000, "making a port")).toThrow(/making a port needs about 2\.0 s/);
});

test("a cancelled deadline gives its reason to everything that asks", async () => {
  using deadline = new Deadline("ADD", 60);
  const waiting = ended(deadline.signal);
  deadline.cancel("ADD was ended by SIGTERM");
  expect(((await waiting) as Error).message).toBe("ADD was ended by SIGTERM");
  expect(() => deadline.require(1, "anything")).toThrow("ended by SIGTERM");
});

test("a deadline that is disposed of ends nothing any more", async () => {
  const deadline = new Deadline("ADD", 0.02);
  deadline[Symbol.dispose]();
  await Bun.sleep(40);
  expect(deadline.signal.aborted).toBe(false);
});

test("a call that another process has begun has what is left of its time", () => {
  using deadline = new Deadline("ADD", 60, 50_000);
  expect(deadline.leftMs).toBeWithin(9_000, 10_001);
  expect(() => deadline.require(20_000, "making a port")).toThrow("of the 60 s for ADD are left");
});

test("a call that comes after its time is not begun", () => {
  using deadline = new Deadline("ADD", 60, 61_000);
  expect(() => deadline.signal.throwIfAborted()).toThrow("ADD was not done within its 60 s");
});

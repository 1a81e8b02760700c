import { expect, test } from "bun:test";
import { Deadline, DeadlineError, sleep } from "./deadline.ts";

test("what waits on a deadline ends with it, and the error says what had how long", async () => {
  using deadline = new Deadline("ADD", 0.02);
  await expect(sleep(10_000, deadline.signal)).rejects.toThrow("ADD was not done within its 0.02 s");
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
  const waiting = sleep(60_000, deadline.signal);
  deadline.cancel("ADD was ended by SIGTERM");
  await expect(waiting).rejects.toThrow("ended by SIGTERM");
  expect(() => deadline.require(1, "anything")).toThrow("ended by SIGTERM");
});

test("sleep on a signal that is aborted already does not wait", async () => {
  await expect(sleep(60_000, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
});

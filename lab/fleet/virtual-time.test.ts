import { expect, test } from "bun:test";
import { VirtualTime } from "./virtual-time.ts";

test("time leaps from timer to timer, in their order, and everybody's clock with it", async () => {
  using time = new VirtualTime(1);
  const seen: [string, number][] = [];
  const note = (what: string) => void seen.push([what, performance.now()]);
  const began = Date.now();
  setTimeout(note, 3_600_000, "an hour");
  setTimeout(note, 20, "second");
  setTimeout(note, 10, "first");
  setTimeout(note, 20, "third");
  clearTimeout(setTimeout(note, 15, "taken back"));
  setImmediate(note, "at once");
  await time.run(Bun.sleep(7_200_000));
  expect(seen).toEqual([
    ["at once", 0],
    ["first", 10],
    ["second", 20],
    ["third", 20],
    ["an hour", 3_600_000],
  ]);
  expect(Date.now() - began).toBe(7_200_000);
});

test("signals end by it", async () => {
  using time = new VirtualTime(1);
  const signal = AbortSignal.timeout(60_000);
  await time.run(Bun.sleep(59_999));
  expect(signal.aborted).toBe(false);
  await time.run(Bun.sleep(1));
  expect(signal.reason).toMatchObject({ name: "TimeoutError" });
});

test("what waits for nothing is an error, and what fails is passed on", async () => {
  using time = new VirtualTime(1);
  await expect(time.run(new Promise(() => undefined))).rejects.toThrow("time stands still");
  await expect(time.run(Promise.reject(new Error("wrong")))).rejects.toThrow("wrong");
});

test("the same seed gives the same chances, and the real things are back afterwards", () => {
  const real = [setTimeout, Date.now, Math.random, AbortSignal.timeout, Bun.sleep];
  const chances = (seed: number) => {
    using _ = new VirtualTime(seed);
    return [Math.random(), Math.random()];
  };
  expect(chances(1)).toEqual(chances(1));
  expect(chances(1)).not.toEqual(chances(2));
  expect([setTimeout, Date.now, Math.random, AbortSignal.timeout, Bun.sleep]).toEqual(real);
});

import { expect, test } from "bun:test";
import { Window } from "./window.ts";

const SLOW_MS = 10_000;
const QUICK_MS = 500;

/** Calls that began now and are over after `ms`. @returns how many may be under way after each */
function finish(window: Window, ...times: number[]): number[] {
  return times.map((ms) => {
    window.finished(window.started(), ms);
    return window.calls;
  });
}

test("slow calls halve what may be under way, down to one", () => {
  expect(finish(new Window(5), SLOW_MS, SLOW_MS, SLOW_MS, SLOW_MS)).toEqual([3, 2, 1, 1]);
});

test("calls that were slow together count once", () => {
  const window = new Window(8);
  const began = [1, 2, 3, 4].map(() => window.started());
  for (const change of began) window.finished(change, SLOW_MS);
  expect(window.calls).toBe(4);
});

test("as many quick ones as may be under way let one more, up to the most", () => {
  const window = new Window(4);
  finish(window, SLOW_MS, SLOW_MS);
  expect(finish(window, QUICK_MS, QUICK_MS, QUICK_MS)).toEqual([2, 2, 3]);
  expect(finish(window, QUICK_MS, QUICK_MS, QUICK_MS)).toEqual([3, 3, 4]);
  expect(finish(window, QUICK_MS, QUICK_MS, QUICK_MS, QUICK_MS)).toEqual([4, 4, 4, 4]);
});

test("what takes neither long nor little changes nothing, and a slow one begins the counting anew", () => {
  const window = new Window(4);
  finish(window, SLOW_MS);
  expect(finish(window, QUICK_MS, 5_000, SLOW_MS, QUICK_MS)).toEqual([2, 2, 1, 2]);
});

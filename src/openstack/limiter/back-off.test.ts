import { expect, test } from "bun:test";
import { BackOff } from "./back-off.ts";

const longest = () => 1;
const shortest = () => 0;

/** A refusal of a call that started just now. @returns how long calls other than pods' wait, in milliseconds */
function refuse(backOff: BackOff, now: number, retryAfterMs?: number): number {
  backOff.refused(now, backOff.started(now), retryAfterMs);
  return backOff.opensAt("pool") - now;
}

test("without a refusal everybody may start", () => {
  const backOff = new BackOff();
  backOff.answered(backOff.started(5));
  expect(backOff.opensAt("delete")).toBe(0);
});

test("pauses double up to half a minute", () => {
  const backOff = new BackOff(longest);
  const pauses = Array.from({ length: 8 }, (_, index) => refuse(backOff, index * 100_000));
  expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test("a pause is between half and all of that, so that nodes do not return together", () => {
  expect(refuse(new BackOff(shortest), 0)).toBe(250);
});

test("Retry-After is kept, and up to a quarter more", () => {
  expect(refuse(new BackOff(shortest), 0, 20_000)).toBe(20_000);
  expect(refuse(new BackOff(longest), 0, 20_000)).toBe(25_000);
});

test("a Retry-After beyond all reason is kept for five minutes", () => {
  expect(refuse(new BackOff(shortest), 0, 86_400_000)).toBe(300_000);
});

test("an answer ends it, and the next pause is short again", () => {
  const backOff = new BackOff(longest);
  refuse(backOff, 0);
  refuse(backOff, 1000);
  backOff.answered(backOff.started(4000));
  expect(backOff.opensAt("delete")).toBe(0);
  expect(refuse(backOff, 5000)).toBe(500);
});

test("calls that were refused together are one refusal", () => {
  const backOff = new BackOff(longest);
  const round = backOff.started(0);
  for (const now of [10, 11, 12]) backOff.refused(now, round, undefined);
  expect(backOff.opensAt("pool")).toBe(510);
  backOff.refused(13, round, 2000);
  expect(backOff.opensAt("pool")).toBe(2513);
});

test("the answer to a call that started before the refusal proves nothing", () => {
  const backOff = new BackOff(longest);
  const early = backOff.started(0);
  refuse(backOff, 10);
  backOff.answered(early);
  expect(backOff.opensAt("pool")).toBe(510);
});

test("a pod looks every few seconds, whatever the others were told", () => {
  const backOff = new BackOff(longest);
  refuse(backOff, 0, 60_000);
  expect(backOff.opensAt("pod")).toBe(5000);
  expect(refuse(backOff, 5000, 60_000)).toBe(75_000);
  expect(backOff.opensAt("pod")).toBe(10_000);
});

test("a short pause is no longer for pods than for others", () => {
  const backOff = new BackOff(longest);
  refuse(backOff, 0);
  expect(backOff.opensAt("pod")).toBe(500);
});

test("until one is answered, calls start one by one", () => {
  const backOff = new BackOff(longest);
  refuse(backOff, 0);
  backOff.started(600);
  expect([backOff.opensAt("pod"), backOff.opensAt("pool")]).toEqual([2600, 2600]);
});

import { expect, test } from "bun:test";
import { Demand } from "./demand.ts";

const SETTINGS = { min: 2, max: 20, batch: 5, cooldownMs: 30_000, idleMs: 600_000 };

test("without demand the least is kept ready", () => {
  const demand = new Demand();
  expect(demand.target(SETTINGS, 0)).toBe(2);
  expect(demand.changesAt(SETTINGS)).toBeUndefined();
  expect(demand.target({ ...SETTINGS, max: 1 }, 0)).toBe(1);
});

test("pods that find none raise it, by a batch at least and up to the most", () => {
  const demand = new Demand();
  const targets = [1, 2, 3, 4].map((at) => {
    demand.missed(SETTINGS, at);
    return demand.target(SETTINGS, at);
  });
  expect(targets).toEqual([7, 14, 20, 20]);
});

test("it halves again and again when all find one, and rests at the least", () => {
  const demand = new Demand();
  for (let at = 1; at <= 3; at++) demand.missed(SETTINGS, at);
  expect(demand.changesAt(SETTINGS)).toBe(120_003);
  const targets = [120_002, 120_003, 240_003, 360_003, 480_003, 600_003].map((at) =>
    demand.target(SETTINGS, at),
  );
  expect(targets).toEqual([20, 11, 6, 4, 3, 2]);
  expect(demand.changesAt(SETTINGS)).toBeUndefined();
});

test("a long silence counts as all its parts", () => {
  const demand = new Demand();
  demand.missed(SETTINGS, 0);
  expect(demand.target(SETTINGS, 10_000_000)).toBe(2);
});

import { expect, test } from "bun:test";
import { decide, missingOf, type PoolSettings, type Standing } from "./policy.ts";

const NOW = 1_000_000;
const SETTINGS: PoolSettings = { min: 2, max: 10, batch: 5, cooldownMs: 30_000, idleMs: 600_000 };
const NONE = { making: 0, wiring: 0, hot: 0, cooling: 0, leaving: 0 };

function standing(counts: Partial<Standing["counts"]>, more: Partial<Standing> = {}): Standing {
  return {
    counts: { ...NONE, ...counts },
    cooled: 0,
    target: 2,
    targetChangesAt: undefined,
    ceiling: Number.POSITIVE_INFINITY,
    askedAt: NOW,
    isDefault: false,
    isRetired: false,
    pausedUntil: 0,
    ...more,
  };
}

test.each<[string, Standing, { make?: number; release?: number; why?: string }]>([
  ["an empty pool gets what is wanted, and no more: many nodes may start at once", standing({}), { make: 2 }],
  ["one below min as well", standing({ hot: 1 }), { make: 5 }],
  ["min is enough", standing({ hot: 2 }), {}],
  ["those being wired count as ready", standing({ wiring: 2 }), {}],
  ["those being made take room, but may never come", standing({ making: 7 }), { make: 3 }],
  ["never more than max in all", standing({ hot: 1, cooling: 7 }), { make: 2 }],
  ["a full pool stays as it is though few are ready", standing({ cooling: 10 }), {}],
  ["what has cooled is used before new ones are made", standing({ cooling: 3 }, { cooled: 2 }), {}],
  ["too few have cooled", standing({ cooling: 3 }, { cooled: 1 }), { make: 5 }],
  ["a burst's target is filled up", standing({ hot: 5 }, { target: 10 }), { make: 5 }],
  ["a burst's target waits for a whole batch", standing({ hot: 6 }, { target: 10 }), {}],
  ["more than max go", standing({ hot: 12 }), { release: 2, why: "surplus" }],
  ["a failure's pause is kept", standing({}, { pausedUntil: NOW + 1 }), {}],
  ["Neutron has no room", standing({ hot: 1 }, { ceiling: 1 }), {}],
  ["Neutron has less room than the pool uses", standing({ hot: 4 }, { ceiling: 1 }), { release: 3 }],
  ["idle: all go", standing({ hot: 3, cooling: 1 }, { askedAt: 0 }), { release: 4, why: "idle" }],
  ["idle: nothing is made", standing({}, { askedAt: 0 }), { why: "idle" }],
  [
    "idle default: min stay",
    standing({ hot: 5 }, { askedAt: 0, isDefault: true }),
    { release: 3, why: "idle" },
  ],
  ["idle default: min are made", standing({}, { askedAt: 0, isDefault: true }), { make: 2, why: "idle" }],
  ["calm: one batch above min stays", standing({ hot: 10 }, { askedAt: NOW - 120_000 }), { release: 3 }],
  ["calm, but a burst is remembered", standing({ hot: 10 }, { askedAt: NOW - 120_000, target: 3 }), {}],
  [
    "retired: all go at once",
    standing({ hot: 2, cooling: 1 }, { isRetired: true }),
    { release: 3, why: "retired" },
  ],
  [
    "what is being made cannot go yet",
    standing({ making: 2, hot: 1 }, { isRetired: true }),
    { release: 1, why: "retired" },
  ],
])("%s", (_name, at, expected) => {
  expect(decide(SETTINGS, at, NOW)).toMatchObject({ make: 0, release: 0, why: "surplus", ...expected });
});

test("max 0 switches everything off", () => {
  const off = { ...SETTINGS, max: 0 };
  expect(decide(off, standing({ hot: 1 }), NOW)).toMatchObject({ make: 0, release: 1, why: "switched-off" });
});

test("min above max is max", () => {
  expect(decide({ ...SETTINGS, min: 5, max: 3 }, standing({}), NOW)).toMatchObject({ make: 3, release: 0 });
});

test.each<[string, Standing, number | undefined]>([
  ["a pause's end", standing({}, { pausedUntil: NOW + 7 }), NOW + 7],
  ["the moment when it is calm", standing({ hot: 2 }), NOW + 120_000],
  ["the moment when it is idle", standing({ hot: 2 }, { askedAt: NOW - 200_000 }), NOW + 400_000],
  ["the target's next change", standing({ hot: 8 }, { targetChangesAt: NOW + 9 }), NOW + 9],
  ["never, with nothing there and nobody asking", standing({}, { askedAt: 0 }), undefined],
])("it decides again at %s", (_name, at, expected) => {
  expect(decide(SETTINGS, at, NOW).againAt).toBe(expected as number);
});

test("the settings of one decision lead to rest: what it makes it does not release", () => {
  for (let hot = 0; hot <= 12; hot++) {
    for (let cooling = 0; cooling <= 12; cooling++) {
      for (const more of [{}, { isDefault: true, askedAt: 0 }, { target: 10 }, { ceiling: 4 }]) {
        const at = standing({ hot, cooling }, more);
        const { make, release } = decide(SETTINGS, at, NOW);
        expect(Math.min(make, release)).toBe(0);
        const after = standing({ hot: hot + make, cooling }, more);
        expect(decide(SETTINGS, after, NOW).release === 0 || make === 0).toBe(true);
      }
    }
  }
});

test("how many are missing", () => {
  expect(missingOf(SETTINGS, standing({ hot: 1, making: 5 }), NOW)).toBe(1);
  expect(missingOf(SETTINGS, standing({ hot: 3 }, { target: 10 }), NOW)).toBe(3);
  expect(missingOf(SETTINGS, standing({}, { isRetired: true }), NOW)).toBe(0);
});

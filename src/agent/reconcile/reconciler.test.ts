import { expect, test } from "bun:test";
import { silent } from "../../log.ts";
import { Reconciler, type ReconcilerClock } from "./reconciler.ts";
import type { Report } from "./report.ts";

const INTERVAL_MS = 300_000;

/** A clock whose only timer a test lets go off. */
class ManualClock implements ReconcilerClock {
  readonly pauses: number[] = [];
  #next: (() => void) | undefined;

  now(): number {
    return 1_000;
  }

  after(ms: number, run: () => void): () => void {
    this.pauses.push(ms);
    this.#next = run;
    return () => {
      this.#next = undefined;
    };
  }

  random(): number {
    return 0.5;
  }

  get isSet(): boolean {
    return this.#next !== undefined;
  }

  async goOff(): Promise<void> {
    this.#next?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function scene() {
  const clock = new ManualClock();
  const passes: Report[] = [];
  const parts = {
    open: () => Promise.reject(new Error("the store is locked")),
    log: silent,
    intervalMs: INTERVAL_MS,
    onPass: (report: Report) => void passes.push(report),
  };
  return { clock, passes, reconciler: new Reconciler(parts, clock) };
}

test("a pass that fails says why, and keeps nobody from starting", async () => {
  const { reconciler } = scene();
  await reconciler.start();
  expect(reconciler.lastReport).toMatchObject({
    scope: "node",
    neutron: "not asked",
    repairs: {},
    failures: ["the pass: the store is locked"],
  });
  await reconciler.stop();
});

test("the first pass looks at the node alone, the next at Neutron soon after, the others now and then", async () => {
  const { clock, passes, reconciler } = scene();
  await reconciler.start();
  await clock.goOff();
  await clock.goOff();
  expect(passes.map(({ scope }) => scope)).toEqual(["node", "all", "all"]);
  expect(clock.pauses).toEqual([7_500, INTERVAL_MS * 1.125, INTERVAL_MS * 1.125]);
  await reconciler.stop();
});

test("after its end there is no other pass", async () => {
  const { clock, passes, reconciler } = scene();
  await reconciler.start();
  await reconciler.stop();
  expect(clock.isSet).toBe(false);
  expect(passes).toHaveLength(1);
});

test("passes that are asked for while one is at work follow it", async () => {
  const { passes, reconciler } = scene();
  const reports = await Promise.all([reconciler.run(), reconciler.run("node")]);
  expect(passes).toEqual(reports);
  expect(reports.map(({ scope }) => scope)).toEqual(["all", "node"]);
});

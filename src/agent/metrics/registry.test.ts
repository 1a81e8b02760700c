import { expect, test } from "bun:test";
import { Registry } from "./registry.ts";
import { parseExposition } from "./test-support.ts";

test("a counter counts by its labels", () => {
  const registry = new Registry();
  const counter = registry.counter({ name: "calls_total", help: "Calls.", labels: ["verb", "result"] });
  counter.add({ result: "ok", verb: "ADD" });
  counter.add({ verb: "ADD", result: "ok" }, 2);
  counter.add({ verb: "DEL", result: "ok" }, 0);
  expect(registry.render()).toBe(
    "# HELP calls_total Calls.\n# TYPE calls_total counter\n" +
      'calls_total{verb="ADD",result="ok"} 3\ncalls_total{verb="DEL",result="ok"} 0\n',
  );
});

test("a counter without labels is there before the first count", () => {
  const registry = new Registry();
  registry.counter({ name: "calls_total", help: "Calls." });
  expect(parseExposition(registry.render())[0]?.samples).toEqual([
    { name: "calls_total", labels: {}, value: 0 },
  ]);
});

test("a gauge is read when asked for, and without a source shows nothing", () => {
  const registry = new Registry();
  const gauge = registry.gauge({ name: "ports", help: "Ports.", labels: ["state"] });
  expect(parseExposition(registry.render())[0]?.samples).toEqual([]);
  let free = 3;
  gauge.from(() => [
    [{ state: "free" }, free],
    [{ state: "cooling" }, 0.5],
  ]);
  free = 4;
  expect(parseExposition(registry.render())[0]).toMatchObject({
    type: "gauge",
    samples: [
      { labels: { state: "free" }, value: 4 },
      { labels: { state: "cooling" }, value: 0.5 },
    ],
  });
});

test("a counter that somebody else keeps is a counter", () => {
  const registry = new Registry();
  registry.readCounter({ name: "cpu_seconds_total", help: "Time." }).from(() => [[{}, 1.5]]);
  expect(parseExposition(registry.render())[0]).toMatchObject({ type: "counter", samples: [{ value: 1.5 }] });
});

test("a histogram's buckets hold all that is not above them", () => {
  const registry = new Registry();
  const histogram = registry.histogram({
    name: "took_seconds",
    help: "Time.",
    labels: ["verb"],
    buckets: [0.001, 0.1, 1],
  });
  for (const seconds of [0.0005, 0.001, 0.5, 1, 7]) histogram.observe({ verb: "ADD" }, seconds);
  histogram.observe({ verb: "DEL" }, 0.05);
  const samples = parseExposition(registry.render())[0]?.samples ?? [];
  expect(samples.slice(0, 6)).toEqual([
    { name: "took_seconds_bucket", labels: { verb: "ADD", le: "0.001" }, value: 2 },
    { name: "took_seconds_bucket", labels: { verb: "ADD", le: "0.1" }, value: 2 },
    { name: "took_seconds_bucket", labels: { verb: "ADD", le: "1" }, value: 4 },
    { name: "took_seconds_bucket", labels: { verb: "ADD", le: "+Inf" }, value: 5 },
    { name: "took_seconds_sum", labels: { verb: "ADD" }, value: expect.closeTo(8.5015, 9) },
    { name: "took_seconds_count", labels: { verb: "ADD" }, value: 5 },
  ]);
  expect(samples.slice(6).map(({ value }) => value)).toEqual([0, 1, 1, 1, 0.05, 1]);
});

test.each(['say "no"', "back\\slash", "two\nlines", "\\n", "a,b={c}", "Zürich"])(
  "the label value %p comes through",
  (state) => {
    const registry = new Registry();
    registry
      .gauge({ name: "ports", help: "One\nhelp \\ text.", labels: ["state"] })
      .from(() => [[{ state }, 1]]);
    const text = registry.render();
    expect(text).toContain("# HELP ports One\\nhelp \\\\ text.\n");
    expect(parseExposition(text)[0]?.samples[0]?.labels).toEqual({ state });
  },
);

test.each([
  [Number.POSITIVE_INFINITY, "+Inf"],
  [Number.NEGATIVE_INFINITY, "-Inf"],
  [Number.NaN, "NaN"],
  [1e21, "1e+21"],
  [1e-7, "1e-7"],
])("the value %d is written %s", (value, text) => {
  const registry = new Registry();
  registry.gauge({ name: "ports", help: "Ports." }).from(() => [[{}, value]]);
  expect(registry.render()).toEndWith(`\nports ${text}\n`);
  expect(parseExposition(registry.render())[0]?.samples[0]?.value).toBe(value);
});

test("values that cannot be read are left out and told, and the others are shown", () => {
  const unreadable: unknown[] = [];
  const registry = new Registry((name, error) => unreadable.push([name, error]));
  const error = new Error("locked");
  registry.gauge({ name: "rows", help: "Rows." }).from(() => {
    throw error;
  });
  registry.gauge({ name: "ports", help: "Ports." }).from(() => [[{}, 1]]);
  expect(parseExposition(registry.render()).map(({ samples }) => samples.length)).toEqual([0, 1]);
  expect(unreadable).toEqual([["rows", error]]);
});

test("a name is declared once", () => {
  const registry = new Registry();
  registry.gauge({ name: "ports", help: "Ports." });
  expect(() => registry.counter({ name: "ports", help: "Ports." })).toThrow(
    "the metric ports is declared twice",
  );
});

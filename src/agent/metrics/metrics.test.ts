import { describe, expect, test } from "bun:test";
import { CniCode, CniError } from "../../cni/errors.ts";
import type { Outcome } from "../part.ts";
import { declareMetrics } from "./metrics.ts";
import { declareProcess } from "./process.ts";
import { Registry } from "./registry.ts";
import { parseExposition } from "./test-support.ts";
import { noteVerb } from "./verb-meter.ts";

function declared() {
  const registry = new Registry();
  const metrics = declareMetrics(registry);
  declareProcess(registry);
  const read = (name: string) => parseExposition(registry.render()).find((family) => family.name === name);
  return { metrics, registry, read };
}

const families = parseExposition(declared().registry.render());

describe.each(families)("$name", ({ name, help, type }) => {
  test("is named as it is used to", () => {
    expect(name).toMatch(/^(?:skynet|process)(?:_[a-z]+)+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(name).not.toMatch(/_(?:ms|milliseconds|minutes|kilobytes|count|sum|bucket)(?:_|$)/);
    if (type === "histogram") expect(name).toEndWith("_seconds");
  });

  test("has a help that is a sentence", () => {
    expect(help).toMatch(/^[A-Z].+[.\d]$/);
  });
});

test("the version is told", () => {
  const [sample] = declared().read("skynet_build_info")?.samples ?? [];
  expect(sample).toMatchObject({ labels: { version: expect.stringMatching(/^\d+\.\d+/) }, value: 1 });
});

test("a verb is counted by its result, and timed", () => {
  const { metrics, read } = declared();
  const outcome = (error: CniError | undefined, ms: number) => {
    const request = { command: "ADD" } as Outcome["request"];
    noteVerb(metrics, { request, error, ms, requestId: "1", waitedMs: 0 });
  };
  outcome(undefined, 3);
  outcome(undefined, 4);
  outcome(new CniError(CniCode.tryAgainLater, "later"), 20_000);
  const counted = read("skynet_cni_requests_total")?.samples ?? [];
  expect(counted.map(({ labels, value }) => [labels.verb ?? "", labels.result ?? "", value])).toEqual([
    ["ADD", "ok", 2],
    ["ADD", "11", 1],
  ]);
  const timed = read("skynet_cni_request_duration_seconds")?.samples ?? [];
  const upTo = (le: string) => timed.find(({ labels }) => labels.le === le)?.value;
  expect(["0.002", "0.005", "10", "30", "+Inf"].map(upTo)).toEqual([0, 2, 2, 3, 3]);
});

test("the process tells of itself", () => {
  const { read } = declared();
  const value = (name: string) => read(name)?.samples[0]?.value ?? Number.NaN;
  expect(value("process_resident_memory_bytes")).toBeWithin(1e6, value("process_virtual_memory_bytes"));
  expect(value("process_resident_memory_bytes") / process.memoryUsage.rss()).toBeWithin(0.5, 2);
  expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(value("process_start_time_seconds")).toBeWithin(1e9, Date.now() / 1000);
  expect(value("process_open_fds")).toBeWithin(3, value("process_max_fds"));
});

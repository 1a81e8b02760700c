import { expect, test } from "bun:test";
import { reportDataPath } from "./report-data-path.ts";
import { reportRecycling } from "./report-recycling.ts";
import { reportResources } from "./report-resources.ts";

const cells = (table: string, row: number) =>
  table
    .split("\n")
    [row + 2]?.split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

test("a thousand pods are told by the ratios of medians and of 99th percentiles, and by their calls", () => {
  const times = { ours: [10, 30, 20], theirs: [10, 10, 10] };
  const told = reportRecycling({
    who: "ours",
    beside: "theirs",
    pods: 3,
    adds: times,
    dels: times,
    calls: { "PUT ports": 3, "GET ports": 1 },
    missed: 0,
    memory: [2 ** 20, 2 ** 21],
  });
  expect(cells(told, 0)).toEqual(["ADD", "ours", "3", "20.0", "29.8", "2.00", "2.98"]);
  expect(told).toContain("4 calls to Neutron, 1.33 a pod (3 PUT ports, 1 GET ports)");
  expect(told).toContain("in MiB: 1, 2.");
});

test("resources are in mebibytes and in parts of a processor", () => {
  const taken = { who: "ours", pods: 110, hotPorts: 50, resident: 2 ** 27, proportional: 2 ** 26 };
  expect(cells(reportResources({ ...taken, idle: 0.0042 }), 0)?.slice(3)).toEqual([
    "128 MiB",
    "64 MiB",
    "0.42 %",
  ]);
});

test("a path of a port made ahead stands beside one of the same wiring without an agent", () => {
  const table = reportDataPath([
    { who: "skynet, x", throughput: [10], roundTrip: [50] },
    { who: "skynet agent, x", throughput: [9], roundTrip: [60] },
    { who: "bridge", throughput: [11], roundTrip: [40] },
  ]);
  expect([0, 1, 2].map((row) => cells(table, row)?.filter((_, column) => column % 2 === 1))).toEqual([
    ["1", "", ""],
    ["1", "0.90", "1.20"],
    ["1", "", ""],
  ]);
});

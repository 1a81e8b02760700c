import { expect, test } from "bun:test";
import type { PoolSnapshot } from "../agent/hot-ports/snapshot.ts";
import type { AgentState } from "../agent/state.ts";
import { hotPortLines, type StoreState, stateLines, storeLines } from "./status-lines.ts";
import { problemsOf } from "./status-problems.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const MINUTE = 60_000;

const pool: PoolSnapshot = {
  key: "p",
  network: "skynet",
  networkId: "e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b",
  networkName: "blue",
  securityGroups: ["31a8f352-580e-4136-9f91-fa8829aa179c"],
  isDefault: true,
  counts: { making: 1, wiring: 2, hot: 3, cooling: 4, leaving: 0 },
  target: 5,
  askedAt: NOW - 2 * MINUTE,
};

function state(changes: Partial<AgentState> = {}): AgentState {
  return {
    version: "1.2.3",
    pid: 42,
    startedAt: NOW - 60 * MINUTE,
    memory: 62_400_000,
    config: { network: "skynet", hostname: "n1", cluster: "k8s" },
    calls: { atWork: 0, adds: [], afterwards: 0 },
    hotPorts: [pool],
    claims: { hit: 9, miss: 1 },
    attachments: { attaching: 0, attached: 7, detaching: 0, identityDue: 0 },
    journal: { entries: 0 },
    neutron: [
      {
        neutron: "http://192.0.2.1:9696",
        isUp: true,
        inFlight: 1,
        waiting: { pod: 0, pool: 2, delete: 1 },
        backingOffMs: 0,
      },
    ],
    kubernetes: { configured: false },
    reconciliation: undefined,
    ...changes,
  };
}

const empty: StoreState = { attachments: [], hotPorts: [], journal: [] };
const auto = { plugin: { plugin_type: "linuxbridge", agent: "auto" } } as Parameters<typeof problemsOf>[0];
const required = { plugin: { ...auto.plugin, agent: "required" as const } };
const problems = (changes: Partial<AgentState>) => problemsOf(auto, { state: state(changes) }, empty, NOW);

test("an agent that is well is told in a few lines, and nothing needs attention", () => {
  expect(stateLines(state(), undefined, NOW)).toEqual([
    ["AGENT", "ready; version 1.2.3, process 42, for 1h, 62 MB"],
    ["NEUTRON", "http://192.0.2.1:9696 answers; 1 calls under way, 3 waiting"],
    ["KUBERNETES", "not configured"],
    ["ATTACHMENTS", "7 attached"],
    ["CLAIMS", "9 pods found a port ready, 1 did not"],
    ["JOURNAL", "empty"],
    ["COMPARED", "not yet"],
  ]);
  expect(problems({})).toEqual([]);
});

test("ports that are ready are a table, by network and groups", () => {
  expect(hotPortLines([pool], NOW)).toEqual([
    "HOT PORTS OF  GROUPS    READY  WANTED  BEING WIRED  COOLING  LEAVING  ASKED FOR",
    "blue          31a8f352      3       5            3        4        0  2m ago",
  ]);
});

test("an agent that is not ready says why", () => {
  const lines = stateLines(state(), "the agent is starting: reconciler", NOW);
  expect(lines[0]?.[1]).toStartWith("the agent is starting: reconciler;");
  expect(problemsOf(auto, { state: state(), notReady: "it stops" }, empty, NOW)).toEqual([
    "the agent serves no pods: it stops",
  ]);
});

test("an absent agent is a problem where pods need it, or ports wait for it", () => {
  const absent = { absent: "nobody listens on /run/a.sock" };
  expect(problemsOf(auto, absent, empty)).toEqual([]);
  expect(problemsOf(required, absent, empty)).toEqual([
    'pods wait for the agent (plugin.agent is "required"), and nobody listens on /run/a.sock: start it (skynet agent)',
  ]);
  const left = { ...empty, hotPorts: [{} as StoreState["hotPorts"][number]] };
  expect(problemsOf(auto, absent, left)[0]).toStartWith("1 ports wait in Neutron for pods");
  expect(storeLines(absent.absent, left)).toContainEqual(["HOT PORTS", "1 in the store"]);
});

test("a pool that pauses says until when and why", () => {
  const lastFailure = { message: "Quota exceeded for resources: port", at: NOW };
  const paused = { ...pool, lastFailure, pausedUntil: NOW + MINUTE };
  expect(problems({ hotPorts: [paused] })).toEqual([
    "no ports are made ready on network blue until 2026-01-01T12:01:00.000Z: Quota exceeded for resources: port",
  ]);
  expect(problems({ hotPorts: [{ ...pool, lastFailure }] })).toEqual([]);
});

test("Neutron away, an old journal, an API server away and damaged pods are named", () => {
  const key = { network: "skynet", containerId: "c1", ifname: "eth0" };
  const found = problems({
    neutron: [{ ...(state().neutron[0] as AgentState["neutron"][number]), isUp: false }],
    journal: { entries: 2, oldestAt: NOW - 11 * MINUTE, lastError: "connection refused" },
    kubernetes: {
      configured: true,
      watch: {
        knownPods: 3,
        synced: false,
        syncedSince: undefined,
        lastError: { at: NOW, message: "no route" },
      },
    },
    reconciliation: {
      began: NOW,
      ms: 5,
      scope: "all",
      neutron: "answered",
      repairs: {},
      damaged: [{ key, pod: "shop/web-0", problems: ["the device tap1 is missing"] }],
      suspicions: 0,
      failures: ["stray-port: forbidden"],
    },
  });
  expect(found).toEqual([
    "http://192.0.2.1:9696 does not answer: look whether Neutron runs, and at the agent's log",
    "deletes wait for more than ten minutes: connection refused",
    "the API server is away: no route",
    "pod shop/web-0 is damaged (the device tap1 is missing): delete it to have it made anew",
    "could not be put right: stray-port: forbidden",
  ]);
});

/** Ten agents on one Neutron whose calls cost time: what `bun lab/fleet/main.ts` measures with a hundred, held to bounds. */
import { expect, test } from "bun:test";
import { play } from "../../../lab/fleet/scenario.ts";
import {
  firstStart,
  powerCut,
  redeployments,
  refusing,
  rollingUpdate,
  wave,
} from "../../../lab/fleet/stories.ts";
import { callsPerPod } from "../../../lab/fleet/table.ts";

const NODES = 10;
const PODS = 10;
/** A pool that has a port for every pod, and lets a batch of them cool together. */
const A_PORT_FOR_EACH = { hot_ports_min: PODS, hot_ports_max: 3 * PODS, hot_ports_batch: PODS };

test("agents that start together ask for little at once, and all pools are warm soon", async () => {
  const { traffic, warm, mostOfOneNode, leaks } = await play({ nodes: NODES }, firstStart);
  expect(mostOfOneNode).toBeLessThanOrEqual(4);
  expect(traffic.load.most_waiting).toBeLessThanOrEqual(3 * NODES);
  expect(traffic.calls["POST ports"]).toBe(NODES);
  expect(traffic.calls["GET ports"]).toBeLessThanOrEqual(6 * NODES);
  expect(Math.max(...warm)).toBeLessThan(15_000);
  expect(leaks).toEqual([]);
});

test("after a power cut the ports whose stand-ins are gone are made anew, and none is left over", async () => {
  const { warm, leaks } = await play({ nodes: NODES }, powerCut);
  expect(Math.max(...warm)).toBeLessThan(30_000);
  expect(leaks).toEqual([]);
});

test("pods that find a port ready wait for nothing, however busy Neutron is", async () => {
  const { pods, waits, failures, leaks } = await play({ nodes: NODES, agent: A_PORT_FOR_EACH }, wave(PODS));
  expect([pods, failures, Math.max(...waits)]).toEqual([NODES * PODS, 0, 0]);
  expect(leaks).toEqual([]);
});

test("pods that find none get theirs all the same, each at the first attempt", async () => {
  const { pods, failures, leaks } = await play({ nodes: NODES }, wave(PODS));
  expect([pods, failures]).toEqual([NODES * PODS, 0]);
  expect(leaks).toEqual([]);
});

test("a thousand pods that use ports again cost at most 1.2 calls each, and reads are little of the work", async () => {
  const agent = { hot_ports_min: 20, hot_ports_max: 40, hot_ports_batch: 20 };
  const outcome = await play({ nodes: NODES, agent }, redeployments(20, 5));
  const { load, calls } = outcome.traffic;
  expect(outcome.pods).toBe(1_000);
  expect(callsPerPod(outcome)).toBeLessThanOrEqual(1.2);
  expect(calls["DELETE ports"] ?? 0).toBe(0);
  expect(load.busy_ms.read).toBeLessThan(load.busy_ms.write / 10);
  expect([outcome.failures, Math.max(...outcome.waits)]).toEqual([0, 0]);
  expect(outcome.leaks).toEqual([]);
});

test("a Neutron that refuses for a minute is survived: no pod that finds a port ready notices", async () => {
  const story = rollingUpdate(PODS, PODS, 15_000, refusing(60_000, 60_000));
  const outcome = await play({ nodes: NODES, agent: A_PORT_FOR_EACH }, story);
  expect(outcome.traffic.refused).toBeGreaterThan(0);
  expect([outcome.failures, Math.max(...outcome.waits)]).toEqual([0, 0]);
  expect(outcome.leaks).toEqual([]);
});

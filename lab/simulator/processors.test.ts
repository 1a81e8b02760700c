import { expect, test } from "bun:test";
import { type Load, Processors } from "./processors.ts";
import { type SimulatorOptions, startSimulator } from "./server.ts";
import { defaultSettings } from "./settings.ts";
import { client } from "./test-client.ts";

/** A simulator whose every call takes half of what it may. */
function loaded(settings: NonNullable<SimulatorOptions["settings"]>) {
  const simulator = startSimulator({ settings, random: () => 0.5 });
  const call = client(() => simulator);
  return {
    call,
    network: (name: string) => call("POST", "/v2.0/networks", { network: { name } }),
    load: async () => (await call("GET", "/_sim/load")).body as unknown as Load,
    [Symbol.asyncDispose]: () => simulator.stop(),
  };
}

test("without processors nothing is counted, nor refused", async () => {
  await using simulator = loaded({ queue_limit: 1 });
  await Promise.all(["a", "b", "c"].map(simulator.network));
  expect(await simulator.load()).toEqual({
    served: 0,
    refused: 0,
    busy_ms: { read: 0, write: 0 },
    waiting: 0,
    most_waiting: 0,
  });
});

test("a write takes its time for each object, a read its own, and the admin API none", async () => {
  await using simulator = loaded({ processors: 1, write_ms: [2, 4], read_ms: [0, 2] });
  const networks = [{ name: "a" }, { name: "b" }, { name: "c" }];
  expect((await simulator.call("POST", "/v2.0/networks", { networks })).status).toBe(201);
  await simulator.call("GET", "/v2.0/networks");
  const { body } = await simulator.network("d");
  const { id } = body.network as { id: string };
  await simulator.call("DELETE", `/v2.0/networks/${id}`);
  expect(await simulator.load()).toMatchObject({ served: 4, busy_ms: { read: 1, write: 9 + 3 + 3 } });
  await simulator.call("DELETE", "/_sim/load");
  expect(await simulator.load()).toMatchObject({ served: 0, busy_ms: { read: 0, write: 0 } });
});

test("calls are served in the order they came", async () => {
  const cost = { ...defaultSettings(), processors: 1, write_ms: [1, 1] as [number, number] };
  const processors = new Processors(cost);
  const served: string[] = [];
  const calls = ["a", "b", "c", "d"].map((name) =>
    processors.serve("POST", "{}").then(() => served.push(name)),
  );
  expect(processors.load).toMatchObject({ served: 0, waiting: 3, most_waiting: 3 });
  await Promise.all(calls);
  expect(served).toEqual(["a", "b", "c", "d"]);
  expect(processors.load).toMatchObject({
    served: 4,
    waiting: 0,
    busy_ms: { read: 0, write: 4 },
  });
});

test("a processor that comes takes from the queue with the next call", async () => {
  const cost = { ...defaultSettings(), processors: 1, write_ms: [5, 5] as [number, number] };
  const processors = new Processors(cost);
  const calls = [1, 2, 3].map(() => processors.serve("PUT", "{}"));
  cost.processors = 3;
  calls.push(processors.serve("PUT", "{}"));
  expect(processors.load.waiting).toBe(1);
  await Promise.all(calls);
});

test("what finds the queue full is answered 503, and nothing is made", async () => {
  await using simulator = loaded({ processors: 1, write_ms: [20, 20], queue_limit: 1 });
  const answers = await Promise.all(["a", "b", "c", "d"].map(simulator.network));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 503, 503]);
  expect(await simulator.load()).toMatchObject({ served: 2, refused: 2, most_waiting: 1 });
  const { body } = await simulator.call("GET", "/v2.0/networks");
  expect(body.networks).toHaveLength(2);
});

test("several processors work side by side", async () => {
  await using simulator = loaded({ processors: 2, write_ms: [20, 20], queue_limit: 1 });
  const answers = await Promise.all(["a", "b", "c"].map(simulator.network));
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(await simulator.load()).toMatchObject({ served: 3, refused: 0, most_waiting: 1 });
});

test("a cost that makes no sense is refused", async () => {
  await using simulator = loaded({});
  expect((await simulator.call("POST", "/_sim/settings", { write_ms: [3, 2] })).status).toBe(400);
  expect((await simulator.call("POST", "/_sim/settings", { processors: 1.5 })).status).toBe(400);
});

import { expect, test } from "bun:test";
import type { Priority } from "../../openstack/call-gate.ts";
import { OpenStackError, type OpenStackErrorKind } from "../../openstack/errors.ts";
import type { Limiter } from "../../openstack/limiter/limiter.ts";
import type { OpenStackSettings } from "../../openstack/settings.ts";
import { declareMetrics } from "./metrics.ts";
import { NeutronMeter } from "./neutron-meter.ts";
import { Registry } from "./registry.ts";
import { parseExposition } from "./test-support.ts";

function bench(calls = 4) {
  const registry = new Registry();
  const meter = new NeutronMeter(declareMetrics(registry), calls);
  /** The values of one metric, by their labels' values. */
  const read = (name: string) => {
    const family = parseExposition(registry.render()).find(
      (known) => known.name === `skynet_neutron_${name}`,
    );
    return family?.samples.map(({ labels, value }) => [...Object.values(labels), value].join(" "));
  };
  return { meter, read, limiter: meter.limiterFor(settings("http://a")) };
}

/** Of a Neutron without authentication. */
function settings(endpoint: string): OpenStackSettings {
  return { auth: { type: "none" }, endpoint, tls: {}, interface: "public", requestTimeoutMs: 1000 };
}

function call<T>(limiter: Limiter, send: () => Promise<T>, priority: Priority = "pod"): Promise<T> {
  const { signal } = new AbortController();
  return limiter.run({ method: "POST", path: "/v2.0/ports", lane: priority, priority, signal }, send);
}

function failing(kind: OpenStackErrorKind, status?: number) {
  return async () => {
    throw new OpenStackError({ service: "neutron", kind, status, said: "no", hint: "wait" });
  };
}

test("each Neutron has one limiter, whoever calls it", () => {
  const { limiter, meter } = bench();
  const auth = {
    type: "password",
    authUrl: "http://k/v3",
    user: { id: "u" },
    password: "secret",
    project: { id: "p" },
  } as const;
  const { endpoint: _, ...catalogued } = { ...settings("http://a"), auth };
  expect(meter.limiterFor({ ...catalogued, endpoint: "http://a/" })).toBe(limiter);
  const found = meter.limiterFor(catalogued);
  expect(meter.limiterFor({ ...catalogued, auth: { ...auth, user: { id: "v" } } })).toBe(found);
  for (const other of [{ region: "R" }, { interface: "internal" } as const, { endpoint: "http://b" }]) {
    expect(meter.limiterFor({ ...catalogued, ...other })).not.toBe(found);
  }
});

test("calls are counted by operation and result, and timed", async () => {
  const { limiter, read } = bench();
  await call(limiter, async () => 1);
  await call(limiter, async () => 2);
  await call(limiter, failing("quota", 409)).catch(() => {});
  expect(read("requests_total")).toEqual(["POST ports ok 2", "POST ports quota 1"]);
  expect(read("request_duration_seconds")?.at(-1)).toBe("POST ports 3");
});

test("what is under way and what waits is counted over all limiters", async () => {
  const { limiter: first, meter, read } = bench(1);
  const second = meter.limiterFor(settings("http://b"));
  const answered = Promise.withResolvers<void>();
  const calls = [first, second].flatMap((limiter) => [
    call(limiter, () => answered.promise),
    call(limiter, async () => {}, "delete"),
  ]);
  calls.push(call(first, async () => {}, "pool"));
  expect(read("requests_in_flight")).toEqual(["2"]);
  expect(read("waiting")).toEqual(["pod 0", "pool 1", "delete 2"]);
  answered.resolve();
  await Promise.all(calls);
  expect(read("requests_in_flight")).toEqual(["0"]);
  expect(read("waiting")).toEqual(["pod 0", "pool 0", "delete 0"]);
});

test("Neutron is up until a call gets no answer, and again with the next one", async () => {
  const { limiter, meter, read } = bench();
  expect(read("up")).toEqual(["1"]);
  await call(limiter, failing("unreachable")).catch(() => {});
  expect([read("up"), meter.isUp]).toEqual([["0"], false]);
  await call(limiter, failing("notFound", 404)).catch(() => {});
  expect([read("up"), meter.isUp]).toEqual([["1"], true]);
});

test("one Neutron that is away is told, whatever the others do", async () => {
  const { limiter, meter, read } = bench();
  await call(limiter, failing("timeout")).catch(() => {});
  await call(meter.limiterFor(settings("http://b")), async () => {});
  expect(read("up")).toEqual(["0"]);
});

test("the state of each Neutron's limiter is told by its address", async () => {
  const { limiter, meter } = bench();
  await call(limiter, failing("unavailable", 503)).catch(() => {});
  expect(meter.states).toEqual([
    {
      neutron: "http://a",
      isUp: false,
      inFlight: 0,
      waiting: { pod: 0, pool: 0, delete: 0 },
      backingOffMs: expect.any(Number),
    },
  ]);
});

test("backing off is told", async () => {
  const { limiter, read } = bench();
  expect(read("back_off_seconds")).toEqual(["0"]);
  await call(limiter, failing("rateLimited", 429)).catch(() => {});
  expect(Number(read("back_off_seconds")?.[0])).toBeWithin(0.01, 0.51);
});

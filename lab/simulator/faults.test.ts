/** What a client sees of each fault: real connections, no mocks. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { FaultRequest } from "./faults.ts";
import { type Simulator, startSimulator } from "./server.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());
afterEach(() => admin("DELETE", "faults"));

async function admin(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${simulator.url}/_sim/${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function breakCalls(fault: Pick<FaultRequest, "action"> & Partial<FaultRequest>): Promise<void> {
  expect((await admin("POST", "faults", fault)).status).toBe(201);
}

const makeNetwork = (name: string, signal?: AbortSignal): Promise<Response> =>
  fetch(`${simulator.url}/v2.0/networks`, {
    method: "POST",
    body: JSON.stringify({ network: { name } }),
    ...(signal !== undefined && { signal }),
  });

async function networksNamed(name: string): Promise<number> {
  const response = await fetch(`${simulator.url}/v2.0/networks?name=${name}`);
  return ((await response.json()) as { networks: unknown[] }).networks.length;
}

/** Everything a server sends on one connection until it closes it. */
async function rawPost(name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const body = JSON.stringify({ network: { name } });
  const head = `POST /v2.0/networks HTTP/1.1\r\nHost: sim\r\nContent-Length: ${body.length}\r\n\r\n`;
  const { hostname, port } = new URL(simulator.url);
  let received = "";
  await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: (socket) => void socket.write(head + body),
      data: (_, chunk) => {
        received += chunk.toString();
      },
      close: () => resolve(received),
      error: (_, error) => reject(error),
    },
  });
  return promise;
}

describe("a dropped connection", () => {
  test("before the commit: closed without a byte, nothing made", async () => {
    await breakCalls({ action: { drop: "before-commit" } });
    expect(await rawPost("dropped-before")).toBe("");
    expect(await networksNamed("dropped-before")).toBe(0);
  });

  test("after the commit: closed without a byte, and made", async () => {
    await breakCalls({ action: { drop: "after-commit" } });
    expect(await rawPost("dropped-after")).toBe("");
    expect(await networksNamed("dropped-after")).toBe(1);
  });

  test("is a failed fetch for an HTTP client, and the next call works", async () => {
    await breakCalls({ action: { drop: "before-commit" }, match: { method: "POST" } });
    await expect(makeNetwork("fetched")).rejects.toThrow();
    expect((await makeNetwork("fetched")).status).toBe(201);
  });
});

describe("a hanging call", () => {
  test.each([
    [true as const, 0],
    ["after-commit" as const, 1],
  ])("hang: %p sends nothing until the client gives up", async (hang, made) => {
    const name = `hang-${hang}`;
    await breakCalls({ action: { hang } });
    const abort = new AbortController();
    const pending = makeNetwork(name, abort.signal);
    // The call is under way once the simulator has counted the hit; it still has no answer then.
    while (
      ((await (await admin("GET", "faults")).json()) as { faults: [{ hits: number }] }).faults[0].hits === 0
    );
    expect(Bun.peek.status(pending)).toBe("pending");
    abort.abort();
    await expect(pending).rejects.toThrow();
    expect(await networksNamed(name)).toBe(made);
  });
});

test("an error status has type, message and headers, and nothing is made", async () => {
  await breakCalls({
    action: { status: 503, message: "Busy.", headers: { "Retry-After": "7" } },
    match: { method: "POST", path: "^/v2.0/networks$", service: "neutron" },
  });
  const response = await makeNetwork("refused");
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("7");
  expect(await response.json()).toEqual({
    NeutronError: { type: "HTTPServiceUnavailable", message: "Busy.", detail: "" },
  });
  expect(await networksNamed("refused")).toBe(0);
});

test("garbage is a 200 that is no JSON, after the commit", async () => {
  await breakCalls({ action: { garbage: true }, match: { method: "POST" } });
  const response = await makeNetwork("garbled");
  expect(response.status).toBe(200);
  await expect(response.json()).rejects.toThrow();
  expect(await networksNamed("garbled")).toBe(1);
});

test("a delay is borne before the answer", async () => {
  await breakCalls({ action: { delay_ms: 60 }, match: { method: "POST" } });
  const started = performance.now();
  expect((await makeNetwork("late")).status).toBe(201);
  expect(performance.now() - started).toBeGreaterThanOrEqual(59);
});

test("`after` lets calls pass first, `times` ends it", async () => {
  await breakCalls({ action: { status: 500 }, match: { method: "POST" }, after: 1, times: 2 });
  const statuses: number[] = [];
  for (let call = 0; call < 4; call += 1) statuses.push((await makeNetwork("counted")).status);
  expect(statuses).toEqual([201, 500, 500, 201]);
});

test("a fault that makes no sense is refused with its reason", async () => {
  const wrong = await admin("POST", "faults", { action: { explode: true } });
  expect(wrong.status).toBe(400);
  expect(await wrong.text()).toContain("explode");
  expect((await admin("POST", "faults", { match: { path: "(" }, action: { status: 500 } })).status).toBe(400);
});

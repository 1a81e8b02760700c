import { expect, test } from "bun:test";
import type { OpenStackError } from "./errors.ts";
import { HttpClient, type HttpRequest } from "./http.ts";
import { ample, serve } from "./test-support.ts";

function request(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return {
    service: "neutron",
    method: "POST",
    url,
    safety: "once",
    body: { a: 1 },
    signal: ample(),
    ...more,
  };
}

async function failure(
  url: string,
  more: Partial<HttpRequest> = {},
  timeout = 3000,
): Promise<OpenStackError> {
  const http = new HttpClient({ requestTimeoutMs: timeout });
  return (await http.send(request(url, more)).catch((error) => error)) as OpenStackError;
}

test("sends JSON and headers, and reads the answer", async () => {
  await using server = await serve(() => ({
    status: 201,
    body: { b: 2 },
    headers: { "X-Subject-Token": "t" },
  }));
  const calls: unknown[] = [];
  const http = new HttpClient({ requestTimeoutMs: 3000, onCall: (...call) => calls.push(call) });
  const reply = await http.send(
    request(`${server.url}/v2.0/x?q=1`, { headers: { "X-Auth-Token": "secret" } }),
  );
  expect(reply.status).toBe(201);
  expect(reply.body).toEqual({ b: 2 });
  expect(reply.headers.get("X-Subject-Token")).toBe("t");
  expect(server.requests[0]).toMatchObject({ method: "POST", path: "/v2.0/x", body: { a: 1 } });
  expect(server.requests[0]?.headers).toMatchObject({
    "x-auth-token": "secret",
    "content-type": "application/json",
    "user-agent": "skynet",
  });
  expect(calls).toEqual([["POST", "/v2.0/x", 201, expect.any(Number)]]);
});

test("what is no URL is told so, also to who observes", async () => {
  const paths: string[] = [];
  const http = new HttpClient({ requestTimeoutMs: 3000, onCall: (_, path) => paths.push(path) });
  const error = await http.send(request("http://[::1/v2.0/ports")).catch((thrown) => thrown);
  expect(error).toMatchObject({ name: "OpenStackError", kind: "config", said: "invalid URL" });
  expect(paths).toEqual(["http://[::1/v2.0/ports"]);
});

test("an answer without body is one", async () => {
  await using server = await serve(() => ({ status: 204 }));
  const http = new HttpClient({ requestTimeoutMs: 3000 });
  const reply = await http.send(request(server.url, { method: "DELETE", safety: "idempotent" }));
  expect(reply.body).toBeUndefined();
});

test("a refused connection surely did nothing", async () => {
  const server = await serve(() => ({}));
  const { url } = server;
  await server[Symbol.asyncDispose]();
  expect(await failure(url)).toMatchObject({ kind: "unreachable", retryable: true, ambiguous: false });
});

test("a name that does not exist surely did nothing", async () => {
  expect(await failure("http://neutron.invalid/")).toMatchObject({
    kind: "unreachable",
    ambiguous: false,
    hint: expect.stringContaining("DNS"),
  });
});

test("a connection cut after the request may have done something, unless nothing could be done", async () => {
  await using server = await serve(() => "drop");
  expect(await failure(server.url)).toMatchObject({ kind: "unreachable", retryable: true, ambiguous: true });
  const get = { method: "GET", safety: "safe", body: undefined } as const;
  expect(await failure(server.url, get)).toMatchObject({ kind: "unreachable", ambiguous: false });
});

test("a hanging server ends by the time-out or by the caller's deadline, whichever is first", async () => {
  await using server = await serve(() => "hang");
  const timedOut = await failure(server.url, {}, 20);
  expect(timedOut).toMatchObject({ kind: "timeout", retryable: true, ambiguous: true });
  expect(timedOut.message).toContain("no answer within 20 ms");
  const late = await failure(server.url, { signal: AbortSignal.timeout(20) });
  expect(late).toMatchObject({ kind: "timeout", retryable: true, ambiguous: true });
  expect(late.message).toContain("no answer in time (The operation timed out");
});

test("nothing is sent after the deadline", async () => {
  await using server = await serve(() => ({}));
  expect(await failure(server.url, { signal: AbortSignal.abort() })).toMatchObject({ kind: "timeout" });
  expect(server.requests).toEqual([]);
});

test("a success that is not JSON is no success", async () => {
  await using server = await serve(() => ({ body: "<h1>It works!</h1>" }));
  expect(await failure(server.url)).toMatchObject({
    kind: "unexpected",
    status: 200,
    said: "the answer is not JSON: It works!",
    ambiguous: true,
  });
});

test("what is not HTTP is told so", async () => {
  using listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: (socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n") },
  });
  expect(await failure(`http://127.0.0.1:${listener.port}/`)).toMatchObject({ kind: "unexpected" });
});

test("a redirect is not followed: it would carry the token away", async () => {
  await using other = await serve(() => ({ body: {} }));
  await using server = await serve(() => ({ status: 302, headers: { Location: `${other.url}/x` } }));
  const error = await failure(server.url);
  expect(error).toMatchObject({ kind: "unexpected", status: 302, said: `redirected to ${other.url}/x` });
  expect(other.requests).toEqual([]);
});

test("request id and Retry-After are kept", async () => {
  const headers = { "X-Openstack-Request-Id": "req-7", "Retry-After": "7" };
  await using server = await serve(() => ({ status: 503, headers }));
  expect(await failure(server.url)).toMatchObject({ requestId: "req-7", retryAfterMs: 7000 });
  const soon = new Date(Date.now() + 60_000).toUTCString();
  server.handler = () => ({ status: 503, headers: { "Retry-After": soon } });
  const error = await failure(server.url);
  expect(error.retryAfterMs).toBeGreaterThan(50_000);
  expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
});

test("proxies of the environment are not used", async () => {
  await using proxy = await serve(() => ({ status: 502 }));
  await using server = await serve(() => ({ body: {} }));
  const kept = { ...process.env };
  try {
    for (const name of ["NO_PROXY", "no_proxy", "http_proxy"]) delete process.env[name];
    process.env.HTTP_PROXY = proxy.url;
    expect((await fetch(server.url)).status).toBe(502); // The environment is in force…
    const reply = await new HttpClient({ requestTimeoutMs: 3000 }).send(request(server.url));
    expect(reply.status).toBe(200); // …and passed by.
  } finally {
    for (const name of ["HTTP_PROXY", "NO_PROXY", "no_proxy", "http_proxy"]) {
      if (kept[name] === undefined) delete process.env[name];
      else process.env[name] = kept[name];
    }
  }
});

test("a conditional PUT is never sent twice, not even on a connection that turns out dead", async () => {
  await using server = await serve(({ method }) => (method === "GET" ? { body: {} } : "drop"));
  const http = new HttpClient({ requestTimeoutMs: 3000 });
  const get = request(server.url, { method: "GET", safety: "safe", body: undefined });
  await http.send(get);
  await http.send(request(server.url, { method: "PUT" })).catch(() => undefined);
  expect(server.calls).toEqual(["GET /", "PUT /"]);
});

import { expect, test } from "bun:test";
import { type FakeReply, inTurn, neutronError, noauthSession, serve } from "./test-support.ts";

const OK: FakeReply = { body: {} };
const METHODS = ["GET", "PUT", "DELETE", "POST"] as const;

async function calls(method: (typeof METHODS)[number], ...replies: FakeReply[]): Promise<string> {
  await using server = await serve(inTurn(...replies));
  const request = { method, path: "/v2.0/x", signal: AbortSignal.timeout(4000) };
  const outcome = await noauthSession(server.url)
    .request(request)
    .then(
      () => "ok",
      () => "failed",
    );
  return `${outcome} after ${server.requests.length}`;
}

test.each(METHODS)("%s is repeated after 503 and 429", async (method) => {
  expect(await calls(method, { status: 503 }, { status: 429 }, OK)).toBe("ok after 3");
});

test.each(["GET", "PUT", "DELETE"] as const)("%s is repeated after 500, 502 and 504", async (method) => {
  expect(await calls(method, { status: 500 }, { status: 502 }, OK)).toBe("ok after 3");
  expect(await calls(method, { status: 504 }, OK)).toBe("ok after 2");
  expect(await calls(method, "drop", OK)).toBe("ok after 2");
});

test.each([500, 502, 504, "a cut"] as const)(
  "POST is not repeated after %p: it may have been carried out",
  async (failure) => {
    const reply = failure === "a cut" ? "drop" : { status: failure };
    expect(await calls("POST", reply, OK)).toBe("failed after 1");
  },
);

test("a POST that was refused a connection is repeated", async () => {
  const server = await serve(() => OK);
  const { url } = server;
  await server[Symbol.asyncDispose]();
  const attempts: unknown[] = [];
  const session = noauthSession(url, { onCall: (_method, _path, status) => attempts.push(status) });
  const request = { method: "POST", path: "/", body: {}, signal: AbortSignal.timeout(4000) } as const;
  await expect(session.request(request)).rejects.toMatchObject({ kind: "unreachable", retryable: true });
  await session.request(request).catch(() => undefined);
  expect(attempts).toHaveLength(6);
});

test("what does not become better is not repeated", async () => {
  expect(await calls("GET", neutronError(404, "PortNotFound"), OK)).toBe("failed after 1");
  expect(await calls("GET", neutronError(409, "OverQuota"), OK)).toBe("failed after 1");
  expect(await calls("GET", { body: "<html>" }, OK)).toBe("failed after 1");
});

test("attempts are bounded, and the last failure is handed up", async () => {
  expect(await calls("GET", { status: 503 })).toBe("failed after 3");
});

test("Retry-After is waited for in place of the own pause", async () => {
  await using server = await serve(inTurn({ status: 503, headers: { "Retry-After": "0" } }, OK));
  const retry = { attempts: 2, firstMs: 600_000, capMs: 600_000, longestRetryAfterMs: 1000 };
  const session = noauthSession(server.url, { retry });
  await session.request({ method: "GET", path: "/", signal: AbortSignal.timeout(4000) });
  expect(server.requests).toHaveLength(2);
});

test("a Retry-After that is too long is handed up at once", async () => {
  await using server = await serve(() => ({ status: 503, headers: { "Retry-After": "3600" } }));
  const request = { method: "GET", path: "/", signal: AbortSignal.timeout(4000) } as const;
  await expect(noauthSession(server.url).request(request)).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
  await noauthSession(server.url)
    .request(request)
    .catch(() => undefined);
  expect(server.requests).toHaveLength(2);
});

test("the deadline ends a pause, and what had failed is told", async () => {
  await using server = await serve(() => ({ status: 503 }));
  const retry = { attempts: 9, firstMs: 600_000, capMs: 600_000, longestRetryAfterMs: 0 };
  const session = noauthSession(server.url, { retry });
  const request = session.request({ method: "GET", path: "/", signal: AbortSignal.timeout(30) });
  await expect(request).rejects.toMatchObject({ status: 503, retryable: true });
  await request.catch(() => undefined);
});

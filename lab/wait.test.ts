import { expect, test } from "bun:test";
import { accepts, answers, StopWaiting, WaitTimeoutError, waitFor } from "./wait.ts";

test("looks until there is something", async () => {
  let looks = 0;
  const found = await waitFor("third look", () => ++looks >= 3 && looks, { interval: 1 });
  expect(found).toBe(3);
});

test("a look may throw; when time is up the last error is the cause", async () => {
  const failing = waitFor("door", () => Promise.reject(new Error("locked")), { timeout: 5, interval: 1 });
  const error = await failing.catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WaitTimeoutError);
  expect(error).toMatchObject({ message: "no door after 5 ms", cause: { message: "locked" } });
});

test("stops at once when the probe knows better", async () => {
  const stopped = waitFor("door", () => {
    throw new StopWaiting(new RangeError("no such door"));
  });
  await expect(stopped).rejects.toThrow(RangeError);
});

test("a server accepts and answers while it runs", async () => {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("", { status: 404 }),
  });
  const { port } = server;
  expect(await accepts("127.0.0.1", port ?? 0)).toBe(true);
  expect(await answers(server.url.href)).toBe(true);
  await server.stop(true);
  expect(await accepts("127.0.0.1", port ?? 0)).toBe(false);
  expect(await answers(server.url.href)).toBe(false);
});

test("a server that fails does not answer yet", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("", { status: 503 }),
  });
  expect(await answers(server.url.href)).toBe(false);
});

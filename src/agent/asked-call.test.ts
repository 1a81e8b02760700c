import { expect, test } from "bun:test";
import { AskedCallError, elapsedMs, parseAskedCall } from "./asked-call.ts";

const CALL = { id: "1a2b3c4d", version: "0.1.0", startedAt: 1000, env: { CNI_COMMAND: "ADD" }, stdin: "{}" };

test("a plugin's call is read as it was sent", () => {
  expect(parseAskedCall(JSON.stringify(CALL))).toEqual(CALL);
});

test("of the environment only what CNI defines is taken", () => {
  const env = { CNI_COMMAND: "DEL", LD_PRELOAD: "/tmp/x.so", CNI_ARGS: 5 };
  expect(parseAskedCall(JSON.stringify({ ...CALL, env })).env).toEqual({ CNI_COMMAND: "DEL" });
});

test("an id that would spoil the log is replaced", () => {
  expect(parseAskedCall(JSON.stringify({ ...CALL, id: "a b\n" })).id).toMatch(/^[0-9a-f]{8}$/);
});

test.each([
  ["", "the body must be a JSON object"],
  ["null", "the body must be a JSON object"],
  [JSON.stringify({ env: {} }), "stdin must be a text"],
  [JSON.stringify({ stdin: "{}" }), "env must be an object"],
])("%p is no call: %s", (body, message) => {
  expect(() => parseAskedCall(body)).toThrow(new AskedCallError(message));
});

test("the time that is over is never negative, and none where the clock makes no sense", () => {
  expect(elapsedMs({ startedAt: 1000 }, 1250)).toBe(250);
  expect(elapsedMs({ startedAt: 1250 }, 1000)).toBe(0);
  expect(elapsedMs({ startedAt: Number.NaN }, 1000)).toBe(0);
});

import { describe, expect, test } from "bun:test";
import { FakeApi } from "./testdata/fake-api.ts";
import { Transport } from "./transport.ts";
import { openWatch, type WatchEvent } from "./watch-stream.ts";

const PATIENCE = { answer: 5000, silence: 5000 };

/** A watch whose answer comes in these pieces, and then ends. */
async function read(...pieces: (string | Uint8Array)[]): Promise<WatchEvent<unknown>[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
      }
      controller.close();
    },
  });
  using api = new FakeApi([new Response(body)]);
  const signal = AbortSignal.timeout(10_000);
  const events = await openWatch(new Transport(api.access()), "/api/v1/pods?watch=true", PATIENCE, signal);
  return await Array.fromAsync(events);
}

const line = (name: string) => `${JSON.stringify({ type: "ADDED", object: { name } })}\n`;
const ADDED = (name: string) => ({ type: "ADDED", object: { name } }) as const;

describe("openWatch", () => {
  test("reads lines however they are cut, also within a letter", async () => {
    const bytes = new TextEncoder().encode(`\n${line("é")}${line("b")}`);
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(await read(...pieces)).toEqual([ADDED("é"), ADDED("b")]);
    expect(await read(bytes)).toEqual([ADDED("é"), ADDED("b")]);
  });

  test("drops a line that the end cut off", async () => {
    expect(await read(line("a"), '{"type":"ADDED","obj')).toEqual([ADDED("a")]);
  });

  test.each([
    ["no JSON", "<html>\n"],
    ["no event", '{"kind":"PodList"}\n'],
    ["an unknown event", '{"type":"RENAMED","object":{}}\n'],
  ])("refuses %s", async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ kind: "unexpected", path: "/api/v1/pods" });
  });

  test("refuses a line without end", async () => {
    const endless = Array.from({ length: 9 }, () => "x".repeat(1024 * 1024));
    await expect(read(...endless)).rejects.toMatchObject({ kind: "unexpected" });
  });

  test("throws what the server reports within the stream", async () => {
    const status = { kind: "Status", code: 500, reason: "InternalError", message: "etcd is ill" };
    const reading = read(line("a"), `${JSON.stringify({ type: "ERROR", object: status })}\n`);
    await expect(reading).rejects.toMatchObject({ kind: "unavailable", status: 500 });
    await expect(reading).rejects.toThrow("etcd is ill");
  });
});

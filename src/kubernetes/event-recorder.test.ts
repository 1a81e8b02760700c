import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type ApiServer, startApiServer } from "../../lab/apiserver/server.ts";
import { KubernetesClient } from "./client.ts";
import { EventRecorder, type Occurrence } from "./event-recorder.ts";

const POD = { namespace: "shop", name: "web-0", uid: "u-1" };
const START = Date.UTC(2026, 0, 1);
const SECOND = 1000;

let api: ApiServer;
let now: number;
let recorder: EventRecorder;
beforeEach(() => {
  api = startApiServer();
  now = START;
  const client = new KubernetesClient({ server: api.url, origin: "test" });
  recorder = new EventRecorder(client, { component: "skynet", host: "n1" }, () => now);
});
afterEach(() => api.stop());

/** It happens, one second after what happened before. */
function happen(rest: Partial<Occurrence> = {}, pod = POD) {
  now += SECOND;
  const once = { type: "Warning", reason: "AttachFailed", message: "no quota", count: 1 } as const;
  const occurrence = { ...once, first: now, last: now, ...rest };
  return recorder.record(pod, occurrence, AbortSignal.timeout(10_000));
}

const events = () => api.events.list().items;

describe("EventRecorder", () => {
  test("writes what kubectl describe shows", async () => {
    expect(await happen()).toBe("written");
    expect(events()).toEqual([
      expect.objectContaining({
        kind: "Event",
        metadata: expect.objectContaining({
          namespace: "shop",
          name: expect.stringMatching(/^web-0\.[0-9a-f]{16}$/),
        }),
        involvedObject: { apiVersion: "v1", kind: "Pod", ...POD },
        type: "Warning",
        reason: "AttachFailed",
        message: "no quota",
        source: { component: "skynet", host: "n1" },
        count: 1,
        firstTimestamp: "2026-01-01T00:00:01Z",
        lastTimestamp: "2026-01-01T00:00:01Z",
      }),
    ]);
  });

  test("counts what happens again in the same event", async () => {
    await happen();
    await happen({ count: 3 });
    await happen();
    expect(events()).toMatchObject([
      { count: 5, firstTimestamp: "2026-01-01T00:00:01Z", lastTimestamp: "2026-01-01T00:00:03Z" },
    ]);
    expect(api.faults.calls).toEqual({ "create events": 1, "patch events": 2 });
  });

  test("tells pods, types, reasons and messages apart", async () => {
    await happen();
    await happen({ type: "Normal" });
    await happen({ reason: "Attached" });
    await happen({ message: "no address left" });
    await happen({}, { ...POD, uid: "u-2" });
    expect(events()).toHaveLength(5);
  });

  test("goes on counting in a new event when the server has dropped the old one", async () => {
    await happen();
    await happen();
    api.events.delete("shop", events()[0]?.metadata.name ?? "");
    await happen();
    expect(events()).toMatchObject([{ count: 3, firstTimestamp: "2026-01-01T00:00:01Z" }]);
  });

  test("combines many different messages of one reason", async () => {
    for (let port = 0; port < 15; port++) await happen({ message: `port ${port} failed` });
    expect(events()).toHaveLength(11);
    const combined = events().find(({ message }) => message?.startsWith("(combined"));
    expect(combined).toMatchObject({ message: "(combined from similar events): port 14 failed", count: 5 });
    now += 700 * SECOND;
    await happen({ message: "port 15 failed" });
    expect(events()).toHaveLength(12);
  });

  test("falls silent about a pod that is too loud, not about others, and speaks again", async () => {
    for (let round = 0; round < 25; round++) expect(await happen()).toBe("written");
    expect(await happen()).toBe("suppressed");
    expect(await happen({}, { ...POD, uid: "u-2" })).toBe("written");
    now += 301 * SECOND;
    expect(await happen()).toBe("written");
    expect(await happen()).toBe("suppressed");
  });

  test("may be repeated after it failed", async () => {
    api.faults.add({ resource: "events", status: 500, times: 1 });
    await expect(happen()).rejects.toMatchObject({ kind: "unavailable" });
    await happen();
    expect(events()).toMatchObject([{ count: 1 }]);
  });

  test("cuts what is too long", async () => {
    const pod = { ...POD, name: `${"a".repeat(235)}.${"b".repeat(17)}` };
    await happen({ message: "x".repeat(2000) }, pod);
    const [event] = events();
    expect(event?.message).toHaveLength(1024);
    expect(event?.metadata.name).toMatch(/^a{235}\.[0-9a-f]{16}$/);
  });
});

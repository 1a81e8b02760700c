import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type ApiServer, startApiServer } from "../../../lab/apiserver/server.ts";
import { KubernetesClient } from "../../kubernetes/client.ts";
import { createLogger } from "../../log.ts";
import { PodGone, PodWatch, type PodWatchOptions } from "./pod-watch.ts";

const WEB = { namespace: "shop", name: "web-0", uid: "u-1" };
const ASKS = { "skynet/ip": "10.50.0.66" };

const ample = () => AbortSignal.timeout(10_000);

let api: ApiServer;
let watch: PodWatch;
let log: string[];
beforeEach(() => {
  api = startApiServer();
  log = [];
  watch = watchOf();
});
afterEach(async () => {
  await watch.stop();
  await api.stop();
});

function watchOf(rest: Partial<PodWatchOptions> = {}): PodWatch {
  const client = new KubernetesClient({ server: api.url, origin: "test" });
  const logger = createLogger({ sink: (line) => void log.push(line) });
  const listWatch = { backOff: { first: 10, longest: 20 }, slowBackOff: { first: 10, longest: 20 } };
  // A patience that no test waits for, unless it says so.
  return new PodWatch(client, { nodeName: "n1", log: logger, patience: 30_000, listWatch, ...rest });
}

/** Starts the watch and waits until the server has it. */
async function started(): Promise<void> {
  await watch.start(ample());
  await api.watches.reached(1);
}

function make(annotations: Record<string, string> = ASKS, uid = "u-1", nodeName = "n1") {
  const metadata = { name: "web-0", uid, annotations: { other: "x", "skynet/status": "{}", ...annotations } };
  return api.pods.create("shop", {
    metadata,
    spec: { nodeName, containers: [] },
    status: { phase: "Pending" },
  });
}

/** Until the watch has seen everything that has happened so far. */
async function caughtUp(): Promise<void> {
  const last = `last-${crypto.randomUUID()}`;
  const waiting = watch.annotationsOf({ namespace: "shop", name: last }, ample());
  api.pods.create("shop", { metadata: { name: last }, spec: { nodeName: "n1", containers: [] } });
  await waiting;
  api.pods.delete("shop", last);
}

/** Calls about pods since the watch was opened. */
const questions = () => api.faults.calls["get pods"] ?? 0;

describe("annotationsOf", () => {
  test("are ours alone, and cost no call", async () => {
    make();
    await started();
    await caughtUp();
    expect(await watch.annotationsOf(WEB, ample())).toEqual(new Map(Object.entries(ASKS)));
    expect(questions()).toBe(0);
  });

  test("change with the pod", async () => {
    make();
    await started();
    api.pods.patch("shop", "web-0", { metadata: { annotations: { "skynet/ip": "10.50.0.67" } } });
    await caughtUp();
    expect(await watch.annotationsOf(WEB, ample())).toEqual(new Map([["skynet/ip", "10.50.0.67"]]));
  });

  test("of a pod that appears while an ADD waits", async () => {
    await started();
    const asking = watch.annotationsOf(WEB, ample());
    make();
    expect(await asking).toEqual(new Map(Object.entries(ASKS)));
    expect(questions()).toBe(0);
  });

  test("of the next pod of the same name, while the last one is still known", async () => {
    make({}, "u-0");
    await started();
    await caughtUp();
    const asking = watch.annotationsOf(WEB, ample());
    api.pods.delete("shop", "web-0");
    make();
    expect(await asking).toEqual(new Map(Object.entries(ASKS)));
    expect(questions()).toBe(0);
  });

  test("are asked for once when no event comes", async () => {
    watch = watchOf({ patience: 20 });
    await started();
    // Bound to this node by a scheduler whose writing the watch does not tell.
    api.watches.stall();
    make();
    expect(await watch.annotationsOf(WEB, ample())).toEqual(new Map(Object.entries(ASKS)));
    expect(questions()).toBe(1);
  });

  test("are asked for without waiting while the watch is away", async () => {
    make();
    api.faults.add({ verb: "list", status: 403 });
    await watch.start(ample());
    expect(await watch.annotationsOf(WEB, ample())).toEqual(new Map(Object.entries(ASKS)));
    expect(watch.gauges).toMatchObject({ synced: false, knownPods: 0 });
    expect(watch.gauges.lastError?.message).toContain("does not let us GET /api/v1/pods");
  });

  test("are asked for, and the answer brings the watch back before its time", async () => {
    const hour = { first: 3_600_000, longest: 3_600_000 };
    watch = watchOf({ listWatch: { backOff: hour } });
    make();
    api.faults.add({ verb: "list", status: 500, times: 1 });
    await watch.start(ample());
    expect(await watch.annotationsOf(WEB, ample())).toBeInstanceOf(Map);
    await api.watches.reached(1);
    expect(await watch.annotationsOf(WEB, ample())).toBeInstanceOf(Map);
    expect(questions()).toBe(1);
  });

  test("stay known while the API server is away", async () => {
    make();
    await started();
    await caughtUp();
    await api.stop();
    expect(await watch.annotationsOf(WEB, ample())).toEqual(new Map(Object.entries(ASKS)));
  });

  test("are unknown when the API server cannot be asked", async () => {
    await api.stop();
    await watch.start(ample());
    expect(await watch.annotationsOf(WEB, ample())).toBeUndefined();
  });

  test("are unknown when the deadline is over", async () => {
    await started();
    expect(await watch.annotationsOf(WEB, AbortSignal.timeout(10))).toBeUndefined();
  });

  test("of a pod that is not there: it is gone", async () => {
    watch = watchOf({ patience: 20 });
    await started();
    expect(await watch.annotationsOf(WEB, ample())).toEqual(new PodGone(undefined));
    expect(questions()).toBe(1);
  });

  test("of a pod whose name another one has: it is gone, and who lives is told", async () => {
    watch = watchOf({ patience: 20 });
    make({}, "u-2");
    await started();
    expect(await watch.annotationsOf(WEB, ample())).toEqual(new PodGone("u-2"));
  });

  test("of a static pod, which has another UID on the node", async () => {
    make({ ...ASKS, "kubernetes.io/config.mirror": "hash-1" }, "u-mirror");
    await started();
    await caughtUp();
    expect(await watch.annotationsOf({ ...WEB, uid: "hash-1" }, ample())).toEqual(
      new Map(Object.entries(ASKS)),
    );
  });

  test("of runtimes that name no pod, or no UID", async () => {
    make();
    await started();
    await caughtUp();
    expect(await watch.annotationsOf({ name: "web-0" }, ample())).toBeUndefined();
    expect(await watch.annotationsOf({ namespace: "shop", name: "web-0" }, ample())).toBeInstanceOf(Map);
  });
});

describe("the node's pods", () => {
  test("are those of this node, as they are", async () => {
    make();
    api.pods.create("shop", { metadata: { name: "elsewhere" }, spec: { nodeName: "n2", containers: [] } });
    await started();
    await caughtUp();
    api.pods.patch("shop", "web-0", {
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
      status: { phase: "Running" },
    });
    await caughtUp();
    const names = watch.all().map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith("last-"))).toEqual(["web-0"]);
    expect(watch.find(WEB)).toMatchObject({ uid: "u-1", phase: "Running", deleting: true });
    api.pods.delete("shop", "web-0");
    await caughtUp();
    expect(watch.find(WEB)).toBeUndefined();
    expect(watch.gauges).toMatchObject({ synced: true, lastError: undefined });
    expect(watch.gauges.syncedSince).toBeNumber();
  });

  test("are forgotten with a new list", async () => {
    make();
    await started();
    await caughtUp();
    api.watches.stall();
    api.pods.delete("shop", "web-0");
    api.cluster.history.compact();
    api.watches.close();
    await api.watches.reached(0);
    await api.watches.reached(1);
    await caughtUp();
    expect(watch.find(WEB)).toBeUndefined();
  });
});

test("a wrong name of the node is warned of once", async () => {
  watch = watchOf({ nodeName: "node-1.example.org", patience: 10 });
  make();
  await started();
  for (let pod = 0; pod < 2; pod++) await watch.annotationsOf(WEB, ample());
  const warnings = log.filter((line) => line.includes("WARN"));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(
    "correct kubernetes.node_name node_name=node-1.example.org node_of_the_pod=n1",
  );
});

test("an outage is warned of once, and its end is told", async () => {
  api.faults.add({ verb: "list", status: 401, times: 3 });
  await started();
  await caughtUp();
  expect(log.map((line) => line.slice(25).replace(/ (node|pods|error|retry)[=_].*\n/, ""))).toEqual([
    "WARN  the node's pods cannot be watched for now",
    "INFO  watching the node's pods",
  ]);
  expect(log[0]).toContain("does not accept the credentials");
});

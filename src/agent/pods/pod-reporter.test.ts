import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type ApiServer, startApiServer } from "../../../lab/apiserver/server.ts";
import { CniCode, CniError } from "../../cni/errors.ts";
import { KubernetesClient } from "../../kubernetes/client.ts";
import { createLogger } from "../../log.ts";
import { knownPod } from "./known-pod.ts";
import { PodReporter, type PodReporterOptions } from "./pod-reporter.ts";

const WEB = { namespace: "shop", name: "web-0", uid: "u-1" };
const PORT = {
  portId: "p-1",
  networkId: "n-1",
  networkName: "blue",
  addresses: ["10.50.0.7", "fd00::7"],
  mac: "fa:16:3e:00:00:01",
};
const NO_QUOTA = new CniError(CniCode.exhausted, "the project has no quota for ports left: raise it");

let api: ApiServer;
let log: string[];
/** Resolved by the first line of the log. */
let warned: PromiseWithResolvers<void>;
beforeEach(() => {
  api = startApiServer();
  log = [];
  warned = Promise.withResolvers();
  api.pods.create("shop", { metadata: { name: "web-0", uid: "u-1" } });
});
afterEach(() => api.stop());

function reporterOf(rest: Partial<PodReporterOptions> = {}): PodReporter {
  const client = new KubernetesClient(
    { server: api.url, origin: "test" },
    { sleep: () => Promise.resolve() },
  );
  const logger = createLogger({
    sink: (line) => {
      log.push(line);
      warned.resolve();
    },
  });
  const limits = { backOff: { first: 10, longest: 20 }, ...rest.limits };
  return new PodReporter(client, { nodeName: "n1", log: logger, ...rest, limits });
}

/** Resolves once this is so; looked at after each change on the server. */
function until(isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo()) return;
      stop();
      resolve();
    };
    const stop = api.cluster.history.listen(look);
    look();
  });
}

const events = () => api.events.list().items;
const statusOf = (name: string) => api.pods.get("shop", name).metadata.annotations?.["skynet/status"];

describe("PodReporter", () => {
  test("tells of a port by event and annotation", async () => {
    await using reporter = reporterOf();
    reporter.attached(WEB, PORT);
    await reporter.stop();
    expect(JSON.parse(statusOf("web-0") ?? "")).toEqual({
      port_id: "p-1",
      network_id: "n-1",
      network_name: "blue",
      addresses: ["10.50.0.7", "fd00::7"],
      mac: "fa:16:3e:00:00:01",
    });
    expect(events()).toMatchObject([
      {
        type: "Normal",
        reason: "Attached",
        message: "10.50.0.7, fd00::7 on network blue (n-1), port p-1, MAC fa:16:3e:00:00:01",
        involvedObject: WEB,
        source: { component: "skynet", host: "n1" },
      },
    ]);
    expect(reporter.gauges).toMatchObject({ sent: 1, queued: 0, inFlight: 0, dropped: 0, needless: 0 });
  });

  test("tells of a failure, and asks once whether the pod is there", async () => {
    await using reporter = reporterOf();
    reporter.failed(WEB, NO_QUOTA);
    await reporter.stop();
    expect(events()).toMatchObject([
      {
        type: "Warning",
        reason: "AttachFailed",
        message: "the project has no quota for ports left: raise it (CNI error 100)",
      },
    ]);
    expect(statusOf("web-0")).toBeUndefined();
    expect(api.faults.calls).toEqual({ "get pods": 1, "create events": 1 });
  });

  test("does not ask for a pod that the watch knows, and names a static pod as the kubelet does", async () => {
    const annotations = { "kubernetes.io/config.mirror": "hash-1" };
    const known = knownPod({ metadata: { ...WEB, annotations } });
    await using reporter = reporterOf({ pods: { find: () => known } });
    reporter.failed({ ...WEB, uid: "hash-1" }, NO_QUOTA);
    reporter.attached({ ...WEB, uid: "hash-1" }, PORT);
    await reporter.stop();
    expect(events().map(({ involvedObject }) => involvedObject.uid)).toEqual(["hash-1", "hash-1"]);
    expect(statusOf("web-0")).toContain("p-1");
    expect(api.faults.calls["get pods"]).toBeUndefined();
  });

  test("finds out the UID where the runtime gave none", async () => {
    await using reporter = reporterOf();
    reporter.attached({ namespace: "shop", name: "web-0" }, PORT);
    reporter.failed({ namespace: "shop", name: "web-0" }, NO_QUOTA);
    await reporter.stop();
    expect(events().map(({ involvedObject }) => involvedObject.uid)).toEqual(["u-1", "u-1"]);
  });

  test("says nothing of pods that are gone, of later ones of their name, and of containers that are no pods", async () => {
    await using reporter = reporterOf();
    for (const pod of [
      { ...WEB, uid: "u-0" },
      { ...WEB, name: "web-1" },
    ]) {
      reporter.attached(pod, PORT);
      reporter.failed(pod, NO_QUOTA);
    }
    reporter.failed({ name: "podman" }, NO_QUOTA);
    await reporter.stop();
    expect(events()).toEqual([]);
    expect(statusOf("web-0")).toBeUndefined();
    expect(reporter.gauges).toMatchObject({ needless: 4, dropped: 0, sent: 0, lastError: undefined });
    expect(log).toEqual([]);
  });

  test("counts repetitions in one event", async () => {
    await using reporter = reporterOf();
    for (let attempt = 0; attempt < 4; attempt++) reporter.failed(WEB, NO_QUOTA);
    await until(() => events()[0]?.count === 4);
    reporter.failed(WEB, NO_QUOTA);
    await until(() => events()[0]?.count === 5);
    expect(events()).toHaveLength(1);
  });

  test("has few in flight, and one of each pod", async () => {
    for (let pod = 1; pod < 12; pod++) api.pods.create("shop", { metadata: { name: `web-${pod}` } });
    // Nothing is answered: what is in flight stays so.
    api.faults.add({});
    await using reporter = reporterOf({ limits: { farewell: 10 } });
    for (let pod = 0; pod < 12; pod++) reporter.failed({ namespace: "shop", name: `web-${pod}` }, NO_QUOTA);
    expect(reporter.gauges).toMatchObject({ inFlight: 5, queued: 7 });
    await using other = reporterOf({ limits: { farewell: 10 } });
    other.failed(WEB, NO_QUOTA);
    other.attached(WEB, PORT);
    expect(other.gauges).toMatchObject({ inFlight: 1, queued: 1 });
  });

  test("waits for an API server that is away, warns once, and tells all when it is back", async () => {
    const { port } = new URL(api.url);
    await api.stop();
    await using reporter = reporterOf();
    reporter.attached(WEB, PORT);
    reporter.failed({ ...WEB, name: "web-1", uid: "u-2" }, NO_QUOTA);
    await warned.promise;
    api.pods.create("shop", { metadata: { name: "web-1", uid: "u-2" } });
    expect(reporter.gauges).toMatchObject({ sent: 0, dropped: 0 });
    api = startApiServer({ port: Number(port), cluster: api.cluster });
    await until(() => events().length === 2);
    await reporter.stop();
    expect(reporter.gauges).toMatchObject({ sent: 2, dropped: 0, queued: 0 });
    expect(statusOf("web-0")).toContain("p-1");
    expect(log.filter((line) => line.includes("WARN"))).toHaveLength(1);
  });

  test("does not annotate again when only the event failed", async () => {
    api.faults.add({ verb: "create", status: 500, times: 2 });
    await using reporter = reporterOf();
    reporter.attached(WEB, PORT);
    await until(() => events().length === 1);
    await reporter.stop();
    expect(api.faults.calls).toMatchObject({ "patch pods/status": 1, "create events": 3 });
    expect(log.filter((line) => line.includes("WARN"))).toHaveLength(1);
    expect(reporter.gauges.lastError?.message).toContain("cannot answer POST");
  });

  test("writes the event also where it may not annotate", async () => {
    api.faults.add({ resource: "pods/status", status: 403 });
    await using reporter = reporterOf();
    reporter.attached(WEB, PORT);
    await reporter.stop();
    expect(events()).toMatchObject([{ reason: "Attached", involvedObject: { uid: "u-1" } }]);
    expect(log[0]).toContain("a pod could not be annotated");
  });

  test("drops what the server refuses for good, and goes on", async () => {
    api.faults.add({ verb: "create", status: 422, times: 1 });
    await using reporter = reporterOf();
    reporter.failed(WEB, NO_QUOTA);
    reporter.failed(WEB, new CniError(CniCode.badRequest, "no such network"));
    await reporter.stop();
    expect(events()).toMatchObject([{ message: "no such network (CNI error 101)" }]);
    expect(reporter.gauges).toMatchObject({ sent: 1, dropped: 1 });
  });

  test("gives up what could not be told in five minutes", async () => {
    let now = Date.UTC(2026, 0, 1);
    api.faults.add({ status: 503 });
    await using reporter = reporterOf({ now: () => now });
    reporter.failed(WEB, NO_QUOTA);
    await warned.promise;
    api.faults.clear();
    now += 301_000;
    reporter.failed(WEB, new CniError(CniCode.badRequest, "no such network"));
    await until(() => events().length > 0);
    await reporter.stop();
    expect(events()).toMatchObject([{ message: "no such network (CNI error 101)" }]);
    expect(reporter.gauges).toMatchObject({ sent: 1, dropped: 1, queued: 0 });
  });

  test("drops the oldest when too many wait", async () => {
    api.faults.add({});
    await using reporter = reporterOf({ limits: { inFlight: 1, queue: 2, farewell: 10 } });
    for (const name of ["a", "b", "c", "d"]) reporter.failed({ namespace: "shop", name }, NO_QUOTA);
    expect(reporter.gauges).toMatchObject({ inFlight: 1, queued: 2, dropped: 1 });
  });

  test("takes nothing any more once it was stopped", async () => {
    const reporter = reporterOf();
    await reporter.stop();
    reporter.failed(WEB, NO_QUOTA);
    expect(reporter.gauges).toMatchObject({ queued: 0, inFlight: 0 });
  });

  test("ends with the agent's signal", async () => {
    api.faults.add({});
    const ending = new AbortController();
    await using reporter = reporterOf();
    await reporter.start(ending.signal);
    reporter.failed(WEB, NO_QUOTA);
    ending.abort();
    await reporter.stop();
    expect(reporter.gauges).toMatchObject({ inFlight: 0, dropped: 0, lastError: undefined });
  });
});

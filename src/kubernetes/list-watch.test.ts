import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Pod } from "kubernetes-types/core/v1";
import { type ApiServer, type ApiServerOptions, startApiServer } from "../../lab/apiserver/server.ts";
import type { ApiAccess } from "./access.ts";
import type { KubernetesError } from "./errors.ts";
import { ListWatch, type ListWatchOptions } from "./list-watch.ts";
import { pair } from "./testdata/fake-api.ts";
import { testText } from "./testdata/index.ts";
import { Transport } from "./transport.ts";

/** Waits that a test can afford. */
const QUICK: ListWatchOptions = {
  backOff: { first: 10, longest: 20 },
  slowBackOff: { first: 10, longest: 20 },
  patience: { answer: 2000, silence: 10_000 },
};

/** Follows the pods of node n1 and writes down what it is told. */
class Follower implements AsyncDisposable {
  readonly errors: KubernetesError[] = [];
  readonly listWatch: ListWatch<Pod, string>;
  private readonly said: string[] = [];
  private readonly stop = new AbortController();
  private readonly running: Promise<void>;
  private wake = () => {};

  constructor(url: string, options: ListWatchOptions = {}, rest: Partial<ApiAccess> = {}) {
    const query = {
      path: "/api/v1/pods",
      kind: "Pod",
      fieldSelector: "spec.nodeName=n1",
      pick: ({ metadata }: Pod) => metadata?.name ?? "",
    };
    const sink = {
      replaced: (names: readonly string[]) => this.say(`all: ${names.join(" ")}`),
      set: (name: string) => this.say(`set ${name}`),
      removed: (name: string) => this.say(`removed ${name}`),
      synced: () => this.say("synced"),
      failed: (error: KubernetesError) => {
        this.errors.push(error);
        this.say(`failed ${error.kind}`);
      },
    };
    const transport = new Transport(
      { server: url, origin: "test", ...rest },
      { sleep: () => Promise.resolve() },
    );
    this.listWatch = new ListWatch(transport, query, sink, { ...QUICK, ...options });
    this.running = this.listWatch.run(this.stop.signal);
  }

  /** The next things said. */
  async next(count: number): Promise<string[]> {
    while (this.said.length < count) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.said.splice(0, count);
  }

  /** What is said until it says this, itself included; the same sentence in a row once. */
  async until(last: string): Promise<string[]> {
    const heard: string[] = [];
    while (heard.at(-1) !== last) {
      const [sentence = ""] = await this.next(1);
      if (heard.at(-1) !== sentence) heard.push(sentence);
    }
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private say(sentence: string): void {
    this.said.push(sentence);
    this.wake();
  }
}

let api: ApiServer;
beforeEach(() => {
  api = startApiServer();
});
afterEach(() => api.stop());

const make = (name: string, nodeName = "n1") =>
  api.pods.create("default", { metadata: { name }, spec: { nodeName, containers: [] } });

/** Stops the server and starts one with the same pods at the same address, as when an API server is restarted. */
async function restart(options: ApiServerOptions = {}): Promise<void> {
  const { port } = new URL(api.url);
  await api.stop();
  api = startApiServer({ port: Number(port), cluster: api.cluster, ...options });
}

describe("ListWatch", () => {
  test("lists in pages, then watches", async () => {
    for (const name of ["a", "b", "c"]) make(name);
    make("elsewhere", "n2");
    await using follower = new Follower(api.url, { pageSize: 2 });
    expect(await follower.next(2)).toEqual(["all: a b c", "synced"]);
    make("d");
    make("elsewhere-too", "n2");
    api.pods.patch("default", "a", { metadata: { labels: { x: "y" } } });
    api.pods.delete("default", "b");
    expect(await follower.next(3)).toEqual(["set d", "set a", "removed b"]);
    expect(api.faults.calls).toEqual({ "list pods": 2, "watch pods": 1 });
  });

  test("resumes a watch that the server closed, without listing again", async () => {
    await using follower = new Follower(api.url);
    await follower.until("synced");
    make("a");
    await follower.next(1);
    api.watches.close();
    make("b");
    expect(await follower.next(1)).toEqual(["set b"]);
    expect(follower.listWatch.health.syncedSince).toBeNumber();
    expect(api.faults.calls["list pods"]).toBe(1);
  });

  test("resumes from a bookmark, although what came before is forgotten", async () => {
    await using follower = new Follower(api.url);
    await follower.until("synced");
    for (const name of ["x", "y", "z"]) make(name, "n2");
    api.watches.bookmark();
    // An event behind the bookmark says that it has been read.
    make("a");
    await follower.next(1);
    api.pods.delete("default", "a");
    await follower.next(1);
    make("w", "n2");
    api.watches.bookmark();
    api.cluster.history.compact();
    api.watches.close();
    await api.watches.reached(0);
    await api.watches.reached(1);
    make("b");
    expect(await follower.next(1)).toEqual(["set b"]);
    expect(api.faults.calls["list pods"]).toBe(1);
  });

  test("lists anew when the version is forgotten (HTTP 410)", async () => {
    await using follower = new Follower(api.url);
    await follower.until("synced");
    // Unseen by the watch, and then forgotten: the version to resume from is too old.
    make("x", "n2");
    make("a");
    await follower.next(1);
    api.watches.stall();
    make("b");
    api.pods.delete("default", "a");
    api.cluster.history.compact();
    api.watches.close();
    expect(await follower.until("synced")).toEqual(["failed gone", "all: b", "synced"]);
  });

  test("lists anew when the watch says so (event ERROR 410)", async () => {
    make("a");
    await using follower = new Follower(api.url);
    await follower.until("synced");
    const response = await fetch(`${api.url}/_lab/watches/expire`, { method: "POST" });
    expect(response.status).toBe(200);
    expect(await follower.until("synced")).toEqual(["failed gone", "all: a", "synced"]);
    expect(follower.errors[0]).toMatchObject({ kind: "gone", status: 410, reason: "Expired" });
  });

  test("comes back after the server was away, with what it missed", async () => {
    make("a");
    await using follower = new Follower(api.url);
    await follower.until("synced");
    const { port } = new URL(api.url);
    await api.stop();
    expect(await follower.next(1)).toEqual(["failed unreachable"]);
    expect(follower.listWatch.health).toMatchObject({
      syncedSince: undefined,
      lastError: { error: { kind: "unreachable" } },
    });
    make("b");
    api.pods.delete("default", "a");
    api = startApiServer({ port: Number(port), cluster: api.cluster });
    const told = await follower.until("removed a");
    expect(told.filter((sentence) => !sentence.startsWith("failed"))).toEqual([
      "synced",
      "set b",
      "removed a",
    ]);
    expect(api.faults.calls["list pods"]).toBeUndefined();
  });

  test("lists anew when a restarted server has forgotten the version", async () => {
    make("a");
    await using follower = new Follower(api.url);
    await follower.until("synced");
    api.watches.stall();
    make("b");
    api.cluster.history.compact();
    await restart();
    const told = await follower.until("synced");
    expect(told.slice(-3)).toEqual(["failed gone", "all: a b", "synced"]);
  });

  test("lists anew when the server has gone back in time", async () => {
    for (const name of ["a", "b", "c"]) make(name);
    await using follower = new Follower(api.url);
    await follower.until("synced");
    const { port } = new URL(api.url);
    await api.stop();
    api = startApiServer({ port: Number(port) });
    make("restored");
    await api.watches.reached(1);
    api.watches.bookmark();
    const told = await follower.until("all: restored");
    expect(told.slice(-2)).toEqual(["failed gone", "all: restored"]);
  });

  test.each([
    [401, "unauthorized"],
    [403, "forbidden"],
    [500, "unavailable"],
    [429, "unavailable"],
  ])("keeps trying after %d", async (status, kind) => {
    make("a");
    // A busy server is asked twice by the transport itself.
    api.faults.add({ verb: "list", status, times: 2 });
    await using follower = new Follower(api.url);
    expect(await follower.until("synced")).toEqual([`failed ${kind}`, "all: a", "synced"]);
    expect(follower.errors[0]).toMatchObject({ kind, status });
  });

  test("says which path may not be listed or watched", async () => {
    api.faults.add({ verb: "watch", status: 403, times: 1 });
    await using follower = new Follower(api.url);
    await follower.until("synced");
    expect(follower.errors[0]?.message).toContain(
      "does not let us GET /api/v1/pods: give the user of test a role",
    );
  });

  test("does not trust its version any more after watches were refused again and again", async () => {
    api.faults.add({ verb: "watch", status: 500, times: 3 });
    await using follower = new Follower(api.url);
    await follower.until("synced");
    expect(api.faults.calls).toEqual({ "list pods": 2, "watch pods": 4 });
  });

  test.each([
    [503, true],
    [403, false],
  ])("can be hurried after %d: %p", async (status, hurried) => {
    api.faults.add({ verb: "list", status });
    const hour = { first: 3_600_000, longest: 3_600_000 };
    await using follower = new Follower(api.url, { backOff: hour, slowBackOff: hour });
    await follower.next(1);
    const before = api.faults.calls["list pods"];
    api.faults.clear();
    follower.listWatch.hurry();
    if (hurried) await follower.until("synced");
    // Time enough for a list that should not be.
    else for (let call = 0; call < 10; call++) await fetch(`${api.url}/version`);
    expect(api.faults.calls["list pods"] === before).toBe(!hurried);
  });

  test("leaves a connection on which nothing comes any more", async () => {
    await using follower = new Follower(api.url, { patience: { answer: 2000, silence: 60 } });
    await follower.until("synced");
    api.watches.stall();
    make("a");
    expect((await follower.until("set a")).slice(0, 1)).toEqual(["failed timeout"]);
    expect(follower.errors[0]?.message).toContain("nothing was heard for 0.06 s");
  });

  test("leaves a server that does not begin to answer", async () => {
    api.faults.add({ verb: "watch", times: 1 });
    await using follower = new Follower(api.url, { patience: { answer: 30, silence: 10_000 } });
    expect(await follower.until("synced")).toEqual(["all: ", "failed timeout", "synced"]);
  });

  test("backs off when each watch ends at once", async () => {
    await using follower = new Follower(api.url);
    await follower.until("synced");
    api.watches.close();
    expect(await follower.until("synced")).toEqual(["failed unavailable", "synced"]);
    expect(follower.errors[0]?.message).toContain("ends each watch of /api/v1/pods at once");
  });

  test("watches over TLS, with a client certificate and a token", async () => {
    const ca = await testText("ca.crt");
    const tls = { ...(await pair("server")), clientCa: ca };
    using secure = startApiServer({ tls, token: "secret", cluster: api.cluster });
    const credentials = { kind: "token", token: "secret" } as const;
    await using follower = new Follower(
      secure.url,
      {},
      { tls: { ca, ...(await pair("client")) }, credentials },
    );
    await follower.until("synced");
    make("a");
    expect(await follower.next(1)).toEqual(["set a"]);
  });

  test("ends with its signal, and closes the watch", async () => {
    const follower = new Follower(api.url);
    await follower.until("synced");
    await follower[Symbol.asyncDispose]();
    await api.watches.reached(0);
    expect(follower.errors).toEqual([]);
  });
});

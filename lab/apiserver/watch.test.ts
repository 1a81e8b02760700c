import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Pod } from "kubernetes-types/core/v1";
import { type ApiServer, startApiServer } from "./server.ts";

const PODS = "/api/v1/pods";
const ON_N1 = "fieldSelector=spec.nodeName%3Dn1";

let api: ApiServer;
beforeEach(() => {
  api = startApiServer();
});
afterEach(() => api.stop());

const make = (name: string, nodeName?: string) =>
  api.pods.create("default", { metadata: { name }, ...(nodeName && { spec: { nodeName, containers: [] } }) });

async function get(query: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${api.url}${PODS}?${query}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** A watch as lines `TYPE name`; `next` waits for one, and gives undefined at the end. */
async function watch(query: string) {
  const response = await fetch(`${api.url}${PODS}?watch=1&${query}`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const next = async (): Promise<string | undefined> => {
    const line = /^\n*([^\n]+)\n/.exec(text);
    if (line?.[1] !== undefined) {
      text = text.slice(line[0].length);
      const { type, object } = JSON.parse(line[1]) as { type: string; object: Pod & { code?: number } };
      return `${type} ${object.metadata?.name ?? object.code ?? object.metadata?.resourceVersion}`;
    }
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) return undefined;
    text += chunk.value;
    return next();
  };
  return { status: response.status, next };
}

const control = (method: string, path: string, body?: unknown) =>
  fetch(`${api.url}/_lab/${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });

describe("lists", () => {
  test("come in pages that show one moment", async () => {
    for (const name of ["a", "b", "c"]) make(name);
    const names = ({ body }: { body: Record<string, unknown> }) =>
      (body.items as Pod[]).map(({ metadata }) => metadata?.name);
    const first = await get("limit=2");
    const { continue: token, resourceVersion } = first.body.metadata as Record<string, string>;
    expect(names(first)).toEqual(["a", "b"]);
    api.pods.delete("default", "c");
    make("d");
    const second = await get(`limit=2&continue=${token}`);
    expect(names(second)).toEqual(["c"]);
    expect(second.body.metadata).toEqual({ resourceVersion });
    api.cluster.history.compact();
    expect(await get(`limit=2&continue=${token}`)).toMatchObject({
      status: 410,
      body: { reason: "Expired" },
    });
  });

  test("are selected by fields and labels", async () => {
    make("a", "n1");
    make("b", "n2");
    api.pods.create("default", { metadata: { name: "c", labels: { app: "web" } } });
    const count = async (query: string) => ((await get(query)).body.items as unknown[]).length;
    expect(await count(ON_N1)).toBe(1);
    expect(await count("fieldSelector=spec.nodeName!%3Dn1")).toBe(2);
    expect(await count("labelSelector=app%3Dweb")).toBe(1);
  });
});

describe("a watch", () => {
  test("tells what comes into its selection, changes in it and leaves it", async () => {
    make("a");
    const { next } = await watch(`${ON_N1}&resourceVersion=1`);
    api.pods.patch("default", "a", { spec: { nodeName: "n1" } });
    expect(await next()).toBe("ADDED a");
    api.pods.patch("default", "a", { metadata: { labels: { x: "y" } } });
    expect(await next()).toBe("MODIFIED a");
    api.pods.patch("default", "a", { spec: { nodeName: "n2" } });
    expect(await next()).toBe("DELETED a");
    make("b", "n1");
    api.pods.delete("default", "b");
    expect([await next(), await next()]).toEqual(["ADDED b", "DELETED b"]);
  });

  test("without a version begins with what there is", async () => {
    make("a");
    const { next } = await watch("");
    expect(await next()).toBe("ADDED a");
  });

  test("resumes, and cannot from what is forgotten", async () => {
    make("a");
    make("b");
    expect(await (await watch("resourceVersion=1")).next()).toBe("ADDED b");
    api.cluster.history.compact();
    expect((await watch("resourceVersion=1")).status).toBe(410);
    make("c");
    expect(await (await watch("resourceVersion=2")).next()).toBe("ADDED c");
  });

  test("ends after timeoutSeconds, and leaves nothing open", async () => {
    const { next } = await watch("timeoutSeconds=0.02");
    expect(await next()).toBeUndefined();
    await api.watches.reached(0);
  });

  test("can be given bookmarks, be expired and closed", async () => {
    make("a");
    const { next } = await watch("resourceVersion=1&allowWatchBookmarks=true");
    const without = await watch("resourceVersion=1");
    await control("POST", "watches/bookmark");
    expect(await next()).toBe("BOOKMARK 1");
    await control("POST", "watches/expire");
    expect([await next(), await next()]).toEqual(["ERROR 410", undefined]);
    expect(await without.next()).toBe("ERROR 410");
    const closed = await watch("");
    await control("POST", "watches/close");
    expect([await closed.next(), await closed.next()]).toEqual(["ADDED a", undefined]);
  });

  test("can go silent", async () => {
    const { next } = await watch("");
    await control("POST", "watches/stall");
    make("a");
    api.watches.close();
    expect(await next()).toBeUndefined();
  });
});

test("events are made, patched and found by the pod", async () => {
  const path = `${api.url}/api/v1/namespaces/default/events`;
  const event = { metadata: { name: "a.1" }, involvedObject: { uid: "u-1" }, count: 1 };
  expect((await fetch(path, { method: "POST", body: JSON.stringify(event) })).status).toBe(201);
  const headers = { "Content-Type": "application/merge-patch+json" };
  await fetch(`${path}/a.1`, { method: "PATCH", headers, body: '{"count":2}' });
  const found = await fetch(`${path}?fieldSelector=involvedObject.uid%3Du-1`);
  expect(await found.json()).toMatchObject({ kind: "EventList", items: [{ kind: "Event", count: 2 }] });
});

describe("a patch", () => {
  const patch = (subresource: string, body: unknown) =>
    fetch(`${api.url}/api/v1/namespaces/default/pods/a${subresource}`, {
      method: "PATCH",
      headers: { "Content-Type": "application/merge-patch+json" },
      body: JSON.stringify(body),
    });

  test("merges, and of the status changes no specification", async () => {
    make("a", "n1");
    await patch("", { metadata: { annotations: { x: "1", y: "2" } } });
    await patch("/status", { metadata: { annotations: { x: null } }, spec: { nodeName: "n2" } });
    expect(api.pods.get("default", "a")).toMatchObject({ spec: { nodeName: "n1" } });
    expect(api.pods.get("default", "a").metadata.annotations).toEqual({ y: "2" });
  });

  test("with another UID is a conflict", async () => {
    make("a");
    const refused = await patch("", { metadata: { uid: "other" } });
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain("UID in precondition: other");
  });
});

describe("faults", () => {
  test("hit the calls they name, so many times", async () => {
    await control("POST", "faults", { verb: "list", status: 503, times: 1 });
    expect((await get("")).status).toBe(503);
    expect((await get("")).status).toBe(200);
    await control("POST", "faults", { resource: "pods", status: 403 });
    expect((await get("")).status).toBe(403);
    await control("DELETE", "faults");
    expect((await get("")).status).toBe(200);
    expect((await control("POST", "faults", { code: 500 })).status).toBe(400);
  });

  test("can keep the answer back", async () => {
    await control("POST", "faults", { verb: "list" });
    const asking = fetch(`${api.url}${PODS}`, { signal: AbortSignal.timeout(50) });
    await expect(asking).rejects.toThrow("timed out");
  });

  test("calls are counted", async () => {
    await get("");
    await get("");
    expect(await (await control("GET", "calls")).json()).toEqual({ "list pods": 2 });
    await control("DELETE", "calls");
    expect(api.faults.calls).toEqual({});
  });
});

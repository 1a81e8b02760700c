import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Pod } from "kubernetes-types/core/v1";
import { KubernetesClient } from "../../src/kubernetes/client.ts";
import { pair } from "../../src/kubernetes/testdata/fake-api.ts";
import { testText } from "../../src/kubernetes/testdata/index.ts";
import { type ApiServer, startApiServer } from "./server.ts";

const PODS = "/api/v1/namespaces/default/pods";
const WEB = { metadata: { name: "web-0", annotations: { "skynet/ip": "10.50.0.66" } } };

let api: ApiServer;
beforeEach(() => {
  api = startApiServer();
});
afterEach(() => api.stop());

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers,
    ...(text !== undefined && { body: text }),
  });
  return { status: response.status, body: (await response.json()) as Pod & Record<string, unknown> };
}

const deadline = () => AbortSignal.timeout(10_000);

test("a pod lives from POST to DELETE", async () => {
  const made = await call("POST", PODS, WEB);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    kind: "Pod",
    apiVersion: "v1",
    metadata: { ...WEB.metadata, namespace: "default", resourceVersion: "1" },
  });
  expect(made.body.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect((await call("GET", `${PODS}/web-0`)).body).toEqual(made.body);

  const changed = await call("PUT", `${PODS}/web-0`, { ...made.body, spec: { nodeName: "node1" } });
  expect(changed).toMatchObject({
    status: 200,
    body: {
      spec: { nodeName: "node1" },
      metadata: { uid: made.body.metadata?.uid ?? "", resourceVersion: "2" },
    },
  });
  expect(await call("DELETE", `${PODS}/web-0`)).toEqual({ status: 200, body: changed.body });
  expect((await call("GET", `${PODS}/web-0`)).status).toBe(404);
});

test("a pod may come with the UID it is to have", async () => {
  const { body } = await call("POST", PODS, { metadata: { name: "web-0", uid: "u-1" } });
  expect(body.metadata?.uid).toBe("u-1");
});

test("pods are listed by namespace and altogether", async () => {
  await call("POST", PODS, WEB);
  await call("POST", "/api/v1/namespaces/other/pods", WEB);
  const names = ({ body }: { body: Record<string, unknown> }) =>
    (body.items as Pod[]).map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`);
  const all = await call("GET", "/api/v1/pods");
  expect(all.body).toMatchObject({ kind: "PodList", metadata: { resourceVersion: "2" } });
  expect(names(all)).toEqual(["default/web-0", "other/web-0"]);
  expect(names(await call("GET", PODS))).toEqual(["default/web-0"]);
  expect(names(await call("GET", "/api/v1/namespaces/empty/pods"))).toEqual([]);
});

test("it says its version", async () => {
  expect((await call("GET", "/version")).body).toMatchObject({ major: "1" });
});

describe("refused with a Status is", () => {
  const stale = { metadata: { name: "web-0", resourceVersion: "0" } };
  const another = { metadata: { name: "web-0", uid: "another" } };
  const elsewhere = { metadata: { name: "web-1", namespace: "other" } };
  const cases: [what: string, method: string, path: string, body: unknown, code: number, reason: string][] = [
    ["a missing pod", "GET", `${PODS}/none`, undefined, 404, "NotFound"],
    ["a pod of another namespace", "GET", "/api/v1/namespaces/other/pods/web-0", undefined, 404, "NotFound"],
    ["a missing pod's end", "DELETE", `${PODS}/none`, undefined, 404, "NotFound"],
    ["a missing pod's change", "PUT", `${PODS}/none`, { metadata: { name: "none" } }, 404, "NotFound"],
    ["another resource", "GET", "/api/v1/nodes", undefined, 404, "NotFound"],
    ["a second pod of a name", "POST", PODS, WEB, 409, "AlreadyExists"],
    ["a stale change", "PUT", `${PODS}/web-0`, stale, 409, "Conflict"],
    ["a change of a former pod", "PUT", `${PODS}/web-0`, another, 409, "Conflict"],
    ["a change of the name", "PUT", `${PODS}/web-0`, { metadata: { name: "b" } }, 400, "BadRequest"],
    ["another namespace inside", "POST", PODS, elsewhere, 400, "BadRequest"],
    ["a wrong name", "POST", PODS, { metadata: { name: "Web_0" } }, 400, "BadRequest"],
    ["no name", "POST", PODS, {}, 400, "BadRequest"],
    ["another kind", "POST", PODS, { ...WEB, kind: "Node" }, 400, "BadRequest"],
    ["no JSON", "POST", PODS, "{", 400, "BadRequest"],
    ["a list", "POST", PODS, [], 400, "BadRequest"],
    ["a trial", "POST", `${PODS}?dryRun=All`, WEB, 400, "BadRequest"],
    ["a field it cannot select by", "GET", `${PODS}?fieldSelector=spec.x=1`, undefined, 400, "BadRequest"],
    ["a patch of another kind", "PATCH", `${PODS}/web-0`, {}, 415, "UnsupportedMediaType"],
    ["a list newer than now", "GET", `${PODS}?resourceVersion=99`, undefined, 504, "Timeout"],
    ["a method it has not", "DELETE", PODS, undefined, 405, "MethodNotAllowed"],
    ["a pod without namespace", "POST", "/api/v1/pods", WEB, 405, "MethodNotAllowed"],
  ];
  test.each(cases)("%s", async (_, method, path, body, code, reason) => {
    await call("POST", PODS, WEB);
    const answer = await call(method, path, body);
    expect(answer).toMatchObject({ status: code, body: { kind: "Status", status: "Failure", code, reason } });
  });
});

describe("with tokens", () => {
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  beforeEach(async () => {
    await api.stop();
    api = startApiServer({ token: "all", readOnlyToken: "read" });
  });

  test("nobody else is let in", async () => {
    expect(await call("GET", "/version")).toMatchObject({ status: 401, body: { reason: "Unauthorized" } });
    expect((await call("GET", PODS, undefined, bearer("wrong"))).status).toBe(401);
    expect((await call("GET", PODS, undefined, bearer("all"))).status).toBe(200);
  });

  test("the reader may not write", async () => {
    expect((await call("POST", PODS, WEB, bearer("all"))).status).toBe(201);
    expect((await call("GET", `${PODS}/web-0`, undefined, bearer("read"))).status).toBe(200);
    const refused = await call("DELETE", `${PODS}/web-0`, undefined, bearer("read"));
    expect(refused).toMatchObject({ status: 403, body: { reason: "Forbidden" } });
    expect(refused.body.message).toContain('cannot delete resource "pods"');
  });
});

describe("skynet's client", () => {
  test("finds a pod, and none", async () => {
    api.pods.create("default", WEB);
    const client = new KubernetesClient({ server: api.url, origin: "test" });
    const found = await client.getPod("default", "web-0", deadline());
    expect(found?.metadata?.annotations).toEqual(WEB.metadata.annotations);
    expect(await client.getPod("default", "web-1", deadline())).toBeUndefined();
  });

  test("gets in over TLS with a client certificate and a token", async () => {
    const server = await pair("server");
    const ca = await testText("ca.crt");
    using secure = startApiServer({ tls: { ...server, clientCa: ca }, token: "secret" });
    secure.pods.create("default", WEB);
    const access = { server: secure.url, origin: "test", tls: { ca, ...(await pair("client")) } };
    const known = new KubernetesClient({ ...access, credentials: { kind: "token", token: "secret" } });
    expect(await known.getPod("default", "web-0", deadline())).toMatchObject(WEB);
    const unknown = new KubernetesClient(access).getPod("default", "web-0", deadline());
    await expect(unknown).rejects.toMatchObject({ kind: "unauthorized" });
  });
});

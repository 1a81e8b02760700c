import { describe, expect, test } from "bun:test";
import { KubernetesClient } from "./client.ts";
import { FakeApi, type Reply, statusReply } from "./testdata/fake-api.ts";

const POD = { kind: "Pod", apiVersion: "v1", metadata: { name: "web-0", namespace: "default", uid: "u-1" } };
const pod = () => Response.json(POD);

/** A deadline that no test reaches. */
const ample = () => AbortSignal.timeout(10_000);

/** A client whose waits are recorded instead of waited. */
function clientOf(api: FakeApi): { client: KubernetesClient; waits: number[] } {
  const waits: number[] = [];
  const sleep = (milliseconds: number) => {
    waits.push(milliseconds);
    return Promise.resolve();
  };
  return { client: new KubernetesClient(api.access(), { sleep }), waits };
}

describe("getPod", () => {
  test("asks for the pod and gives it back", async () => {
    using api = new FakeApi([pod()]);
    const found = await clientOf(api).client.getPod("default", "web-0", ample());
    expect(found?.metadata?.uid).toBe("u-1");
    const path = "/api/v1/namespaces/default/pods/web-0";
    expect(api.requests).toEqual([{ method: "GET", path, authorization: null, accept: "application/json" }]);
  });

  test("keeps the path of a server behind a gateway, and lets no name leave its place in the path", async () => {
    using api = new FakeApi([pod()]);
    const access = api.access();
    const client = new KubernetesClient({ ...access, server: `${access.server}/k8s/clusters/c-1` });
    await client.getPod("default", "../../nodes/a?b#c", ample());
    expect(api.requests[0]?.path).toBe(
      "/k8s/clusters/c-1/api/v1/namespaces/default/pods/..%2F..%2Fnodes%2Fa%3Fb%23c",
    );
  });

  test("is undefined for a pod that does not exist", async () => {
    using api = new FakeApi([statusReply(404, "NotFound", 'pods "web-0" not found')]);
    expect(await clientOf(api).client.getPod("default", "web-0", ample())).toBeUndefined();
  });

  test("sends no credentials over http, and says so when they are missed", async () => {
    using api = new FakeApi([statusReply(401, "Unauthorized", "Unauthorized")]);
    const client = new KubernetesClient(api.access({ credentials: { kind: "token", token: "secret" } }));
    const asking = client.getPod("default", "web-0", ample());
    await expect(asking).rejects.toThrow("use the https address");
    expect(api.requests[0]?.authorization).toBeNull();
  });

  const refusals: [what: string, reply: Reply, kind: string, status: number | undefined, says: string][] = [
    ["401", statusReply(401, "Unauthorized", "Unauthorized"), "unauthorized", 401, "kubeconfig test"],
    [
      "403",
      statusReply(403, "Forbidden", 'pods "web-0" is forbidden: User "eve" cannot get resource "pods"'),
      "forbidden",
      403,
      'User "eve" cannot get',
    ],
    [
      "404 of something else",
      new Response("no page", { status: 404 }),
      "notFound",
      404,
      "check host, port and path",
    ],
    ["404 of an API server that has no pods", statusReply(404, "Gone", "?"), "notFound", 404, "check host"],
    ["500", statusReply(500, "InternalError", "etcd is ill"), "unavailable", 500, "etcd is ill"],
    ["504", statusReply(504, "Timeout", "too slow"), "unavailable", 504, "too slow"],
    [
      "a redirect",
      Response.redirect("http://127.0.0.1:1/login"),
      "unexpected",
      302,
      "redirected to http://127.0.0.1:1/login",
    ],
    ["HTML", new Response("<html>"), "unexpected", undefined, "no JSON"],
    ["another object", Response.json({ kind: "PodList" }), "unexpected", undefined, "no Pod"],
    ["null", Response.json(null), "unexpected", undefined, "no Pod"],
  ];
  test.each(refusals)(
    "%s is an error that says what to do, and is not repeated",
    async (_, reply, kind, status, says) => {
      using api = new FakeApi([reply]);
      const { client, waits } = clientOf(api);
      const error = await client.getPod("default", "web-0", ample()).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        name: "KubernetesError",
        kind,
        status,
        server: api.access().server,
        path: "/api/v1/namespaces/default/pods/web-0",
      });
      expect((error as Error).message).toContain(says);
      expect(api.requests).toHaveLength(1);
      expect(waits).toEqual([]);
    },
  );
});

describe("one repetition", () => {
  test.each([429, 503])("after %d, when the server says", async (status) => {
    using api = new FakeApi([statusReply(status, "Busy", "later", { "Retry-After": "7" }), pod()]);
    const { client, waits } = clientOf(api);
    expect(await client.getPod("default", "web-0", ample())).toMatchObject(POD);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeWithin(7000, 7500);
  });

  test("and no more", async () => {
    using api = new FakeApi([statusReply(503, "ServiceUnavailable", "starting")]);
    const asking = clientOf(api).client.getPod("default", "web-0", ample());
    await expect(asking).rejects.toMatchObject({ kind: "unavailable", reason: "ServiceUnavailable" });
    expect(api.requests).toHaveLength(2);
  });

  test("after a refused connection", async () => {
    const { client, waits } = clientOf(closed());
    const asking = client.getPod("default", "web-0", ample());
    await expect(asking).rejects.toMatchObject({ kind: "unreachable", reason: "ECONNREFUSED" });
    expect(waits).toHaveLength(1);
  });

  test("not after an answer that is not HTTP", async () => {
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n\r\n") },
    });
    const access = { server: `http://127.0.0.1:${server.port}`, origin: "test" };
    const asking = new KubernetesClient(access).getPod("default", "web-0", ample());
    await expect(asking).rejects.toMatchObject({ kind: "unexpected" });
    await expect(asking).rejects.toThrow(
      "does not speak HTTP: check scheme, host and port of the server in test",
    );
  });

  test("after a connection that was reset", async () => {
    let connections = 0;
    using server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          connections++;
          const body = JSON.stringify(POD);
          if (connections > 1)
            socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
          else socket.terminate();
        },
      },
    });
    const client = new KubernetesClient(
      { server: `http://127.0.0.1:${server.port}`, origin: "test" },
      { sleep: () => Promise.resolve() },
    );
    expect(await client.getPod("default", "web-0", ample())).toMatchObject(POD);
    expect(connections).toBe(2);
  });

  test("not when the deadline ends the wait: the error is what the server said", async () => {
    using api = new FakeApi([statusReply(429, "TooManyRequests", "later")]);
    const deadline = new AbortController();
    const sleep = () => Promise.resolve(deadline.abort());
    const asking = new KubernetesClient(api.access(), { sleep }).getPod("default", "web-0", deadline.signal);
    await expect(asking).rejects.toMatchObject({ kind: "unavailable", status: 429 });
    expect(api.requests).toHaveLength(1);
  });

  test("the wait itself ends with the deadline", async () => {
    using api = new FakeApi([statusReply(429, "TooManyRequests", "later", { "Retry-After": "29" })]);
    const asking = new KubernetesClient(api.access()).getPod("default", "web-0", AbortSignal.timeout(100));
    await expect(asking).rejects.toMatchObject({ kind: "unavailable", status: 429 });
  });
});

/** A server that has just been stopped: nothing listens at its address. */
function closed(): FakeApi {
  const api = new FakeApi([]);
  api[Symbol.dispose]();
  return api;
}

describe("the deadline", () => {
  test.each(["hang", "hangBody"] as const)(
    "ends a request to a server that does not answer (%s)",
    async (reply) => {
      using api = new FakeApi([reply]);
      const asking = clientOf(api).client.getPod("default", "web-0", AbortSignal.timeout(50));
      await expect(asking).rejects.toMatchObject({ kind: "timeout", server: api.access().server });
    },
  );

  test("ends it with the caller's reason as cause, and before anything is sent if it is over", async () => {
    using api = new FakeApi([pod()]);
    const reason = new Error("ADD was ended by SIGTERM");
    const asking = clientOf(api).client.getPod("default", "web-0", AbortSignal.abort(reason));
    await expect(asking).rejects.toMatchObject({ kind: "timeout", cause: reason });
    await expect(asking).rejects.toThrow("ADD was ended by SIGTERM");
    expect(api.requests).toEqual([]);
  });
});

describe("proxies", () => {
  /** A proxy that answers by itself, and counts. */
  const proxy = () => new FakeApi([Response.json({ ...POD, metadata: { name: "from the proxy" } })]);

  test("of the environment are not used", async () => {
    using api = new FakeApi([pod()]);
    using other = proxy();
    const script = `
      import { KubernetesClient } from ${JSON.stringify(`${import.meta.dir}/client.ts`)};
      const access = ${JSON.stringify(api.access())};
      const signal = AbortSignal.timeout(10_000);
      const pod = await new KubernetesClient(access).getPod("default", "web-0", signal);
      const control = await (await fetch(access.server, { signal })).json();
      console.log(JSON.stringify([pod.metadata.name, control.metadata.name]));`;
    const url = other.access().server;
    const child = Bun.spawn([process.execPath, "-e", script], {
      env: {
        http_proxy: url,
        HTTP_PROXY: url,
        https_proxy: url,
        HTTPS_PROXY: url,
        NO_PROXY: "",
        no_proxy: "",
      },
    });
    expect(JSON.parse(await new Response(child.stdout).text())).toEqual(["web-0", "from the proxy"]);
  });

  test("of the kubeconfig are", async () => {
    using other = proxy();
    const access = { server: "http://kubernetes.invalid", origin: "test", proxy: other.access().server };
    const found = await new KubernetesClient(access).getPod("default", "web-0", ample());
    expect(found?.metadata?.name).toBe("from the proxy");
  });
});

import { expect, test } from "bun:test";
import type { Grant } from "./authenticate.ts";
import type { CallGate, GatedCall } from "./call-gate.ts";
import { Session, type SessionOptions } from "./session.ts";
import type { OpenStackSettings } from "./settings.ts";
import {
  ample,
  type FakeReply,
  type FakeRequest,
  type FakeServer,
  NO_PAUSES,
  noauthSession,
  noauthSettings,
  serve,
} from "./test-support.ts";
import type { TokenCache } from "./token-cache.ts";

/** Keystone and Neutron in one: issues tokens t1, t2, … and accepts those that are valid. */
class FakeCloud implements AsyncDisposable {
  readonly valid = new Set<string>();
  issued = 0;
  lifetimeMs = 3_600_000;
  /** How far Keystone's clock is ahead. */
  clockSkewMs = 0;
  readonly server: FakeServer;

  private constructor(server: FakeServer) {
    this.server = server;
  }

  static async start(): Promise<FakeCloud> {
    const server = await serve(() => ({}));
    const cloud = new FakeCloud(server);
    server.handler = (request) => cloud.answer(request);
    return cloud;
  }

  answer(request: FakeRequest): FakeReply | Promise<FakeReply> {
    return request.path === "/v3/auth/tokens" ? this.issue() : this.serve(request);
  }

  issue(): FakeReply | Promise<FakeReply> {
    const token = `t${++this.issued}`;
    this.valid.add(token);
    const now = Date.now() + this.clockSkewMs;
    const endpoints = [{ interface: "public", region: "R", url: `${this.server.url}/v2.0/` }];
    const body = {
      token: {
        issued_at: new Date(now).toISOString(),
        expires_at: new Date(now + this.lifetimeMs).toISOString(),
        project: { id: "proj" },
        catalog: [{ type: "network", endpoints }],
      },
    };
    return { status: 201, headers: { "X-Subject-Token": token }, body };
  }

  serve({ headers }: FakeRequest): FakeReply {
    if (!this.valid.has(String(headers["x-auth-token"]))) return { status: 401 };
    return { body: { token: headers["x-auth-token"] } };
  }

  settings(more: Partial<OpenStackSettings> = {}): OpenStackSettings {
    return {
      auth: {
        type: "password",
        authUrl: `${this.server.url}/v3`,
        user: { id: "u" },
        password: "secret",
        project: { id: "proj" },
      },
      tls: {},
      interface: "public",
      requestTimeoutMs: 3000,
      ...more,
    };
  }

  session(options: SessionOptions = {}): Session {
    return new Session(this.settings(), { retry: NO_PAUSES, ...options });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.server[Symbol.asyncDispose]();
  }
}

/** A cache in memory. */
class MemoryCache implements TokenCache {
  readonly grants = new Map<string, Grant>();
  async load(key: string) {
    return this.grants.get(key);
  }
  async store(key: string, grant: Grant) {
    this.grants.set(key, grant);
  }
}

async function tokenUsed(session: Session): Promise<unknown> {
  const reply = await session.request({ method: "GET", path: "/v2.0/x", signal: ample() });
  return (reply.body as { token?: string }).token;
}

test("noauth sends no token, and a 401 says what is missing", async () => {
  await using server = await serve(() => ({ body: {} }));
  const session = noauthSession(`${server.url}/v2.0/`);
  await session.request({ method: "GET", path: "/v2.0/x", signal: ample() });
  expect(server.calls).toEqual(["GET /v2.0/x"]);
  expect(server.requests[0]?.headers["x-auth-token"]).toBeUndefined();
  server.handler = () => ({ status: 401 });
  const request = session.request({ method: "GET", path: "/v2.0/x", signal: ample() });
  await expect(request).rejects.toMatchObject({
    kind: "unauthorized",
    hint: expect.stringContaining("wants"),
  });
  expect(server.calls).toHaveLength(2);
});

test("one token serves many requests, first ones at the same time included", async () => {
  await using cloud = await FakeCloud.start();
  const session = cloud.session();
  expect(new Set(await Promise.all(Array.from({ length: 20 }, () => tokenUsed(session))))).toEqual(
    new Set(["t1"]),
  );
  expect(await tokenUsed(session)).toBe("t1");
  expect(cloud.issued).toBe(1);
  expect(cloud.server.requests[0]?.body).toEqual({
    auth: {
      identity: { methods: ["password"], password: { user: { id: "u", password: "secret" } } },
      scope: { project: { id: "proj" } },
    },
  });
  expect(await session.projectId(ample())).toBe("proj");
});

test("the configured endpoint and project win over the token's", async () => {
  await using cloud = await FakeCloud.start();
  await using other = await serve(() => ({ body: {} }));
  const session = new Session(cloud.settings({ endpoint: other.url, projectId: "mine" }));
  await session.request({ method: "GET", path: "/v2.0/x", signal: ample() });
  expect(other.calls).toEqual(["GET /v2.0/x"]);
  expect(await session.projectId(ample())).toBe("mine");
});

test("20 requests that all get 401 renew the token once, and each is sent again once", async () => {
  await using cloud = await FakeCloud.start();
  const session = cloud.session();
  await tokenUsed(session);
  cloud.valid.clear();
  const used = await Promise.all(Array.from({ length: 20 }, () => tokenUsed(session)));
  expect(new Set(used)).toEqual(new Set(["t2"]));
  expect(cloud.issued).toBe(2);
  expect(cloud.server.calls.filter((call) => call === "GET /v2.0/x")).toHaveLength(1 + 20 + 20);
});

test("a Neutron that refuses fresh tokens does not make a loop", async () => {
  await using cloud = await FakeCloud.start();
  const session = cloud.session();
  cloud.serve = () => ({ status: 401 });
  await expect(tokenUsed(session)).rejects.toMatchObject({ service: "neutron", kind: "unauthorized" });
  expect(cloud.server.calls).toEqual([
    "POST /v3/auth/tokens",
    "GET /v2.0/x",
    "POST /v3/auth/tokens",
    "GET /v2.0/x",
  ]);
});

test("a Keystone that refuses to renew does not make a loop, and is asked again by the next request", async () => {
  await using cloud = await FakeCloud.start();
  const session = cloud.session();
  await tokenUsed(session);
  cloud.valid.clear();
  const { issue } = cloud;
  let refused = 0;
  cloud.issue = () => {
    refused += 1;
    return {
      status: 401,
      body: { error: { code: 401, message: "The request you have made requires authentication." } },
    };
  };
  const failed = await Promise.allSettled(Array.from({ length: 5 }, () => tokenUsed(session)));
  for (const outcome of failed) {
    expect(outcome).toMatchObject({
      status: "rejected",
      reason: { service: "keystone", kind: "unauthorized" },
    });
  }
  expect(refused).toBe(1);
  cloud.issue = issue;
  expect(await tokenUsed(session)).toBe("t2");
});

test("a Keystone that is busy for a moment is asked again", async () => {
  await using cloud = await FakeCloud.start();
  const { issue } = cloud;
  cloud.issue = () => {
    cloud.issue = issue;
    return { status: 503 };
  };
  expect(await tokenUsed(cloud.session())).toBe("t1");
});

test("the token is renewed before its end, by its lifetime and not by Keystone's clock", async () => {
  await using cloud = await FakeCloud.start();
  cloud.clockSkewMs = -7_200_000;
  const session = cloud.session();
  await tokenUsed(session);
  expect(await tokenUsed(session)).toBe("t1");
  cloud.lifetimeMs = 30_000;
  const shortLived = cloud.session();
  await tokenUsed(shortLived);
  expect(await tokenUsed(shortLived)).toBe("t3");
});

test("one caller's deadline does not end the renewal for the others", async () => {
  await using cloud = await FakeCloud.start();
  const gate = Promise.withResolvers<void>();
  const { issue } = cloud;
  cloud.issue = async () => {
    await gate.promise;
    return issue.call(cloud);
  };
  const session = cloud.session();
  const hurried = new AbortController();
  const first = session.request({ method: "GET", path: "/v2.0/x", signal: hurried.signal });
  const second = tokenUsed(session);
  hurried.abort();
  await expect(first).rejects.toMatchObject({ service: "keystone", kind: "timeout", ambiguous: false });
  gate.resolve();
  expect(await second).toBe("t1");
});

test("a deadline that ends the repetitions at Keystone tells why they were needed", async () => {
  await using cloud = await FakeCloud.start();
  cloud.issue = () => ({ status: 503 });
  const deadline = new AbortController();
  const session = cloud.session({
    retry: { ...NO_PAUSES, firstMs: 60_000, capMs: 60_000 },
    onCall: () => setTimeout(() => deadline.abort(), 0),
  });
  const request = session.request({ method: "GET", path: "/v2.0/x", signal: deadline.signal });
  await expect(request).rejects.toMatchObject({ service: "keystone", kind: "unavailable", status: 503 });
});

test("what Keystone cannot read or does not know is told as a matter of credentials, or of its address", async () => {
  await using cloud = await FakeCloud.start();
  cloud.issue = () => ({ status: 400, body: { error: { message: "Expecting to find domain in user." } } });
  await expect(tokenUsed(cloud.session())).rejects.toMatchObject({ kind: "unauthorized", status: 400 });
  cloud.issue = () => ({ status: 404, body: "404 page not found" });
  await expect(tokenUsed(cloud.session())).rejects.toMatchObject({ kind: "unexpected", status: 404 });
});

test("an answer without token is told", async () => {
  await using cloud = await FakeCloud.start();
  cloud.issue = () => ({ status: 200, body: { versions: [] } });
  await expect(tokenUsed(cloud.session())).rejects.toThrow("the answer holds no token");
});

test("the next process takes token, endpoint and project from the cache", async () => {
  await using cloud = await FakeCloud.start();
  const tokenCache = new MemoryCache();
  expect(await tokenUsed(cloud.session({ tokenCache }))).toBe("t1");
  const next = cloud.session({ tokenCache });
  expect(await tokenUsed(next)).toBe("t1");
  expect(await next.projectId(ample())).toBe("proj");
  expect(cloud.issued).toBe(1);
});

test("another user, region or endpoint has a cache entry of its own", async () => {
  await using cloud = await FakeCloud.start();
  const tokenCache = new MemoryCache();
  const base = cloud.settings();
  for (const settings of [base, { ...base, region: "R" }, { ...base, endpoint: cloud.server.url }, base]) {
    await tokenUsed(new Session(settings, { tokenCache }));
  }
  expect(tokenCache.grants.size).toBe(3);
});

test("a cached token that is refused is replaced, in the cache too", async () => {
  await using cloud = await FakeCloud.start();
  const tokenCache = new MemoryCache();
  await tokenUsed(cloud.session({ tokenCache }));
  cloud.valid.clear();
  expect(await tokenUsed(cloud.session({ tokenCache }))).toBe("t2");
  expect([...tokenCache.grants.values()]).toMatchObject([{ token: "t2" }]);
});

test("what another process has renewed is used, and renewed itself when it is refused as well", async () => {
  await using cloud = await FakeCloud.start();
  const tokenCache = new MemoryCache();
  const session = cloud.session({ tokenCache });
  await tokenUsed(session);
  cloud.valid.delete("t1");
  await tokenUsed(cloud.session({ tokenCache })); // Another process stores t2.
  expect(await tokenUsed(session)).toBe("t2");
  expect(cloud.issued).toBe(2);
  cloud.valid.delete("t2");
  await tokenUsed(cloud.session({ tokenCache })); // t3
  cloud.valid.clear();
  expect(await tokenUsed(session)).toBe("t4");
});

test("a cached token near its end is not used", async () => {
  await using cloud = await FakeCloud.start();
  const tokenCache = new MemoryCache();
  cloud.lifetimeMs = 30_000;
  await tokenUsed(cloud.session({ tokenCache }));
  await tokenUsed(cloud.session({ tokenCache }));
  expect(cloud.issued).toBe(2);
});

/** Keeps what came to it, and lets everything pass. */
class NotingGate implements CallGate {
  readonly calls: GatedCall[] = [];
  underWay = 0;

  async run<T>(call: GatedCall, send: () => Promise<T>): Promise<T> {
    this.calls.push(call);
    this.underWay++;
    try {
      return await send();
    } finally {
      this.underWay--;
    }
  }
}

test("a gate is told who calls, and what", async () => {
  await using server = await serve(() => ({ body: {} }));
  const gate = new NotingGate();
  const session = noauthSession(server.url, { gate });
  const signal = ample();
  const pool = session.with({ priority: "pool" });
  for (const caller of [session, pool, pool.with({ lane: "net" })]) {
    await caller.request({ method: "GET", path: "/v2.0/ports?id=1", signal });
  }
  const call = { method: "GET", path: "/v2.0/ports?id=1", signal } as const;
  expect(gate.calls).toEqual([
    { ...call, priority: "pod", lane: "" },
    { ...call, priority: "pool", lane: "" },
    { ...call, priority: "pool", lane: "net" },
  ]);
});

test("each attempt passes the gate anew, and nothing is held in between", async () => {
  await using cloud = await FakeCloud.start();
  const gate = new NotingGate();
  const during: number[] = [];
  cloud.server.handler = async (request) => {
    if (request.path !== "/v3/auth/tokens") return cloud.serve(request);
    during.push(gate.underWay);
    return cloud.issue();
  };
  const session = cloud.session({ gate });
  await tokenUsed(session);
  cloud.valid.clear();
  await tokenUsed(session);
  expect(gate.calls).toHaveLength(3);
  expect(during).toEqual([0, 0]);
});

test("a session at another place of the queue is the same conversation", async () => {
  const settings = noauthSettings("http://127.0.0.1:1", { projectId: "mine" });
  const session = new Session(settings).with({ priority: "delete" });
  expect(session.settings).toBe(settings);
  expect(await session.projectId(ample())).toBe("mine");
});

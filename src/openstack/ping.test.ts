import { expect, test } from "bun:test";
import { ping } from "./ping.ts";
import { ample, noauthSettings, serve } from "./test-support.ts";

const VERSIONS = { body: { versions: [] } };

test("a configured Neutron is asked for its versions, without a token", async () => {
  await using server = await serve(() => VERSIONS);
  const auth = { type: "v3token", authUrl: "http://unused/v3", token: "t", project: { id: "p" } } as const;
  await ping(noauthSettings(`${server.url}/v2.0/`), ample());
  await ping(noauthSettings(server.url, { auth }), ample());
  expect(server.calls).toEqual(["GET /", "GET /"]);
  expect(server.requests[0]?.headers["x-auth-token"]).toBeUndefined();
});

test("Keystone is asked when it is the one that knows where Neutron is", async () => {
  await using server = await serve(() => VERSIONS);
  const auth = { type: "v3token", authUrl: `${server.url}/v3`, token: "t", project: { id: "p" } } as const;
  await ping({ auth, tls: {}, interface: "public", requestTimeoutMs: 3000 }, ample());
  expect(server.calls).toEqual(["GET /v3"]);
});

test("a service that cannot serve is told", async () => {
  await using server = await serve(() => ({ status: 503 }));
  await expect(ping(noauthSettings(server.url), ample())).rejects.toMatchObject({ kind: "unavailable" });
  expect(server.requests).toHaveLength(1);
});

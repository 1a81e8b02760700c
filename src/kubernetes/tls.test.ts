import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import type { ApiAccess } from "./access.ts";
import { KubernetesClient } from "./client.ts";
import { type FakeApi, pair, statusReply, tlsApi, trusting } from "./testdata/fake-api.ts";
import { TemporaryFolder, testText } from "./testdata/index.ts";

const pod = () => Response.json({ kind: "Pod", metadata: { name: "web-0" } });

function get(api: FakeApi, rest: Partial<ApiAccess>) {
  const client = new KubernetesClient(api.access(rest), { sleep: () => Promise.resolve() });
  return client.getPod("default", "web-0", AbortSignal.timeout(10_000));
}

async function refusal(api: FakeApi, rest: Partial<ApiAccess>) {
  const error = await get(api, rest).catch((thrown: unknown) => thrown);
  expect(api.requests).toEqual([]);
  expect(error).toBeInstanceOf(Error);
  return error as Error;
}

describe("the server's certificate", () => {
  test("of a private authority is accepted", async () => {
    using api = await tlsApi("server", pod());
    expect(await get(api, { tls: await trusting("ca.crt") })).toMatchObject({ kind: "Pod" });
  });

  test("of another authority is refused, also after a good connection", async () => {
    using api = await tlsApi("server", pod());
    await get(api, { tls: await trusting("ca.crt") });
    api.requests.pop();
    const error = await refusal(api, { tls: await trusting("other-ca.crt") });
    expect(error).toMatchObject({ kind: "tls", reason: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    expect(error.message).toContain("not from the authority in kubeconfig test");
  });

  test("of an authority that the system does not know is refused", async () => {
    using api = await tlsApi("server", pod());
    const error = await refusal(api, {});
    expect(error).toMatchObject({ kind: "tls" });
    expect(error.message).toContain("give the authority in a kubeconfig");
  });

  test("of any authority is accepted when verification is off", async () => {
    using api = await tlsApi("expired", pod());
    expect(await get(api, { tls: { rejectUnauthorized: false } })).toMatchObject({ kind: "Pod" });
  });

  test("for another name is refused", async () => {
    using api = await tlsApi("other-name", pod());
    const error = await refusal(api, { tls: await trusting("ca.crt") });
    expect(error).toMatchObject({ kind: "tls", reason: "ERR_TLS_CERT_ALTNAME_INVALID" });
    expect(error.message).toContain('not for "127.0.0.1"');
    expect(error.message).toContain("tls-server-name");
  });

  test("is held against tls-server-name", async () => {
    using api = await tlsApi("other-name", pod());
    const good = await trusting("ca.crt", { serverName: "kubernetes.default.svc" });
    expect(await get(api, { tls: good })).toMatchObject({ kind: "Pod" });
    api.requests.pop();
    const error = await refusal(api, { tls: { ...good, serverName: "kubernetes.example" } });
    expect(error.message).toContain('not for "kubernetes.example"');
  });

  test("is refused when it has expired", async () => {
    using api = await tlsApi("expired", pod());
    const error = await refusal(api, { tls: await trusting("ca.crt") });
    expect(error).toMatchObject({ kind: "tls", reason: "CERT_HAS_EXPIRED" });
    expect(error.message).toContain("clock");
  });

  test("is missing on a port that speaks http", async () => {
    using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => pod() });
    const access = { server: `https://127.0.0.1:${server.port}`, origin: "test" };
    const asking = new KubernetesClient(access).getPod("default", "web-0", AbortSignal.timeout(10_000));
    await expect(asking).rejects.toMatchObject({ kind: "tls", reason: "EPROTO" });
    await expect(asking).rejects.toThrow("check that the port speaks TLS");
  });
});

describe("a client certificate", () => {
  test("is shown to a server that wants one, and to nobody else after it", async () => {
    using api = await tlsApi("server", pod(), "ca.crt");
    const tls = await trusting("ca.crt");
    expect(await get(api, { tls: { ...tls, ...(await pair("client")) } })).toMatchObject({ kind: "Pod" });
    api.requests.pop();
    const error = await refusal(api, { tls });
    expect(error).toMatchObject({ kind: "tls" });
    expect(error.message).toContain("client certificate");
  });

  test("that the server does not accept is named", async () => {
    using api = await tlsApi("server", pod(), "ca.crt");
    const error = await refusal(api, { tls: await trusting("ca.crt", await pair("other-client")) });
    expect(error.message).toContain("accepts the client certificate");
  });

  const BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const unusable: [what: string, tls: () => Promise<object>, says: string][] = [
    [
      "with the key of another",
      async () => ({ ...(await pair("client")), key: await testText("server.key") }),
      "client-key does not belong to client-certificate in kubeconfig test",
    ],
    [
      "that is broken",
      async () => ({ ...(await pair("client")), cert: BROKEN }),
      "client-certificate is broken",
    ],
    [
      "with a broken key",
      async () => ({ ...(await pair("client")), key: BROKEN.replaceAll("CERTIFICATE", "PRIVATE KEY") }),
      "client-key is broken",
    ],
    ["beside a broken authority", async () => ({ ca: BROKEN }), "certificate-authority is broken"],
  ];
  test.each(unusable)("%s is explained", async (_, tls, says) => {
    using api = await tlsApi("server", pod());
    const error = await refusal(api, { tls: await trusting("ca.crt", await tls()) });
    expect(error).toMatchObject({ kind: "tls" });
    expect(error.message).toContain(says);
  });
});

describe("credentials", () => {
  test("are a bearer token", async () => {
    using api = await tlsApi("server", pod());
    await get(api, { tls: await trusting("ca.crt"), credentials: { kind: "token", token: "secret" } });
    expect(api.requests[0]?.authorization).toBe("Bearer secret");
  });

  test("are a user name and a password", async () => {
    using api = await tlsApi("server", pod());
    const credentials = { kind: "basic", username: "anna", password: "grün:x" } as const;
    await get(api, { tls: await trusting("ca.crt"), credentials });
    const sent = api.requests[0]?.authorization?.replace("Basic ", "") ?? "";
    expect(Buffer.from(sent, "base64").toString()).toBe("anna:grün:x");
  });

  test("are read from the token file for each request", async () => {
    using folder = new TemporaryFolder();
    using api = await tlsApi("server", pod());
    const path = folder.write("token", "first\n");
    const access = { tls: await trusting("ca.crt"), credentials: { kind: "tokenFile", path } as const };
    await get(api, access);
    folder.write("token", "second\n");
    await get(api, access);
    expect(api.requests.map(({ authorization }) => authorization)).toEqual(["Bearer first", "Bearer second"]);
  });

  test("from a file that is empty, not a token or not there are an error that names it", async () => {
    using folder = new TemporaryFolder();
    using api = await tlsApi("server", pod());
    const path = folder.write("token", " \n");
    const access = { credentials: { kind: "tokenFile", path } as const };
    expect((await refusal(api, access)).message).toBe(`token of kubeconfig test: the file ${path} is empty`);
    folder.write("token", "first\nsecond\n");
    expect((await refusal(api, access)).message).toContain(`${path} holds more than a token`);
    rmSync(path);
    expect(await refusal(api, access)).toMatchObject({ kind: "config", reason: "ENOENT", path });
  });

  test("that have expired are an error that says so", async () => {
    using api = await tlsApi("server", statusReply(401, "Unauthorized", "Unauthorized"));
    const asking = get(api, { tls: await trusting("ca.crt"), credentials: { kind: "token", token: "old" } });
    await expect(asking).rejects.toMatchObject({ kind: "unauthorized", status: 401 });
    await expect(asking).rejects.toThrow("renew the token or certificate if it has expired");
  });

  test("that are missing are an error that says so", async () => {
    using api = await tlsApi("server", statusReply(401, "Unauthorized", "Unauthorized"));
    await expect(get(api, { tls: await trusting("ca.crt") })).rejects.toThrow(
      "name a kubeconfig that has some",
    );
  });
});

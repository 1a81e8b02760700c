import { expect, test } from "bun:test";
import type { OpenStackError } from "./errors.ts";
import { HttpClient } from "./http.ts";
import { ample } from "./test-support.ts";
import { loadTls, type TlsSettings } from "./tls.ts";

const fixture = (name: string) => `${import.meta.dir}/testdata/${name}.pem`;
const read = (name: string) => Bun.file(fixture(name)).text();
const readFile = (path: string) => Bun.file(path).text();

async function tlsServer(wantClient = false) {
  const client = wantClient ? { ca: await read("ca"), requestCert: true, rejectUnauthorized: true } : {};
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert: await read("server"), key: await read("server-key"), ...client },
    fetch: () => Response.json({ ok: true }),
  });
}

async function get(url: URL, tls: TlsSettings, host = "127.0.0.1"): Promise<unknown> {
  const http = new HttpClient({ tls, requestTimeoutMs: 3000 });
  const target = `https://${host}:${url.port}/`;
  const request = {
    service: "neutron",
    method: "POST",
    url: target,
    safety: "once",
    body: {},
    signal: ample(),
  } as const;
  return http.send(request).then(
    ({ status }) => status,
    ({ kind, said, hint, retryable, ambiguous }: OpenStackError) => ({
      kind,
      said,
      hint,
      retryable,
      ambiguous,
    }),
  );
}

const REFUSED = { kind: "tls", retryable: false, ambiguous: false };

test("a private CA is accepted when it is given, and no other", async () => {
  await using server = await tlsServer();
  expect(await get(server.url, await loadTls({ cacert: fixture("ca") }, readFile))).toBe(200);
  const wrong = await loadTls({ cacert: fixture("other-ca") }, readFile);
  expect(await get(server.url, wrong)).toMatchObject({ ...REFUSED, hint: expect.stringContaining("cacert") });
  expect(await get(server.url, {})).toMatchObject(REFUSED);
});

test("verify: false accepts any certificate", async () => {
  await using server = await tlsServer();
  expect(await get(server.url, await loadTls({ verify: false }, readFile))).toBe(200);
});

test("the certificate must be for the name in the URL, or for serverName", async () => {
  await using server = await tlsServer();
  const ca = await read("ca");
  expect(await get(server.url, { ca }, "localhost")).toBe(200);
  expect(await get(server.url, { ca, serverName: "neutron.example.org" })).toMatchObject({
    ...REFUSED,
    hint: expect.stringContaining("name"),
  });
});

test("a client certificate is shown when it is given", async () => {
  await using server = await tlsServer(true);
  const files = { cacert: fixture("ca"), cert: fixture("client"), key: fixture("client-key") };
  expect(await get(server.url, await loadTls(files, readFile))).toBe(200);
  expect(await get(server.url, await loadTls({ cacert: fixture("ca") }, readFile))).toMatchObject({
    ...REFUSED,
    hint: expect.stringContaining("client certificate"),
  });
});

test("a key of another certificate and damaged certificates are told, not taken for a missing server", async () => {
  await using server = await tlsServer();
  const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const files = { cacert: fixture("ca"), cert: fixture("client"), key: fixture("server-key") };
  for (const [tls, said] of [
    [await loadTls(files, readFile), "the key is not that of the client certificate"],
    [{ ca: damaged }, "the file of cacert is damaged"],
  ] as const) {
    const outcome = await get(server.url, tls);
    expect(outcome).toMatchObject({ ...REFUSED, said: expect.stringContaining(said) });
  }
});

test.each([
  [{ cacert: "/none/ca.pem" }, "cacert: cannot read /none/ca.pem"],
  [{ cert: fixture("client"), key: fixture("ca") }, 'holds no PEM block "PRIVATE KEY"'],
  [{ cacert: fixture("client-key") }, 'client-key.pem holds no PEM block "CERTIFICATE"'],
  [{ key: "/some/key.pem" }, "cert is missing"],
])("%j is refused before anything is sent", async (files, message) => {
  await expect(loadTls(files, readFile)).rejects.toThrow(message);
});

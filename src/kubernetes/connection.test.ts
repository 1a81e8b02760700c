import { afterAll, describe, expect, test } from "bun:test";
import { chooseAccess } from "./connection.ts";
import { TemporaryFolder, testFile, testText } from "./testdata/index.ts";

const folder = new TemporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const outside = { env: {} };
const kubeconfig = folder.write(
  "kubeconfig",
  `clusters: [{name: a, cluster: {server: "https://a.example", tls-server-name: a, certificate-authority: "${testFile("ca.crt")}"}}]
users: [{name: u, user: {token: secret}}]
contexts: [{name: c, context: {cluster: a, user: u}}]
`,
);

describe("chooseAccess", () => {
  test("knows no server when nothing is said", async () => {
    expect(await chooseAccess({}, outside)).toBeUndefined();
    expect(await chooseAccess({ k8s_api_root: "", kubeconfig: "" }, outside)).toBeUndefined();
  });

  test("takes the root alone, without credentials", async () => {
    expect(
      await chooseAccess({ k8s_api_root: "http://192.168.7.203:8080/", kubeconfig: "" }, outside),
    ).toEqual({
      server: "http://192.168.7.203:8080",
      origin: "k8s_api_root",
    });
  });

  test("takes the kubeconfig", async () => {
    expect(await chooseAccess({ kubeconfig }, outside)).toMatchObject({
      server: "https://a.example",
      tls: { serverName: "a" },
    });
  });

  test("takes the root's address and the kubeconfig's credentials, and not the name of the other server", async () => {
    expect(await chooseAccess({ k8s_api_root: "https://b.example/prefix/", kubeconfig }, outside)).toEqual({
      server: "https://b.example/prefix",
      origin: `k8s_api_root with kubeconfig ${kubeconfig} (context "c")`,
      tls: { ca: await testText("ca.crt") },
      credentials: { kind: "token", token: "secret" },
    });
  });

  test("refuses a root that is no address", async () => {
    const choosing = chooseAccess({ k8s_api_root: "192.168.7.203:8080" }, outside);
    await expect(choosing).rejects.toMatchObject({ kind: "config" });
    await expect(choosing).rejects.toThrow('kubernetes.k8s_api_root is "192.168.7.203:8080"');
  });
});

describe("inside a pod", () => {
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };

  test("the service account is used, and its token read again for each request", async () => {
    using account = new TemporaryFolder();
    account.write("ca.crt", "CA");
    const path = account.write("token", "first\n");
    expect(await chooseAccess({}, { env, folder: account.path })).toEqual({
      server: "https://[fd00::1]",
      origin: `service account ${account.path}`,
      tls: { ca: "CA" },
      credentials: { kind: "tokenFile", path },
    });
  });

  test("the configuration wins", async () => {
    const access = await chooseAccess({ kubeconfig }, { env, folder: "/nowhere" });
    expect(access?.server).toBe("https://a.example");
  });

  test("a missing service account is named", async () => {
    using account = new TemporaryFolder();
    account.write("ca.crt", "CA");
    const choosing = chooseAccess({}, { env, folder: account.path });
    await expect(choosing).rejects.toMatchObject({ kind: "config", path: `${account.path}/token` });
    await expect(choosing).rejects.toThrow("automountServiceAccountToken");
  });

  test("a wrong port is named", async () => {
    await expect(chooseAccess({}, { env: { ...env, KUBERNETES_SERVICE_PORT: "tcp://x" } })).rejects.toThrow(
      "KUBERNETES_SERVICE_PORT=tcp://x",
    );
  });
});

import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { KubernetesError } from "./errors.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import { TemporaryFolder, testFile, testText } from "./testdata/index.ts";

const folder = new TemporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const CA = await testText("ca.crt");
const CERT = await testText("client.crt");
const KEY = await testText("client.key");
const base64 = (text: string) => Buffer.from(text).toString("base64");

type Section = Record<string, unknown>;

/** A good kubeconfig with something changed. */
function kubeconfig({
  cluster,
  user,
  root,
}: {
  cluster?: Section;
  user?: Section;
  root?: Section;
} = {}): Section {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "prod", cluster: { server: "https://192.168.7.203:6443", ...cluster } }],
    users: [{ name: "node", user: { token: "secret", ...user } }],
    contexts: [{ name: "node@prod", context: { cluster: "prod", user: "node" } }],
    "current-context": "node@prod",
    ...root,
  };
}

function load(config: Section | string) {
  const text = typeof config === "string" ? config : JSON.stringify(config, null, "\t");
  return loadKubeconfig(folder.write("kubeconfig", text));
}

async function failure(loading: Promise<unknown>): Promise<KubernetesError> {
  const error = await loading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(KubernetesError);
  return error as KubernetesError;
}

describe("loadKubeconfig", () => {
  test("reads the YAML that kubeadm writes", async () => {
    const access = await load(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(CA)}
    server: https://192.168.7.203:6443/
  name: kubernetes
contexts:
- context: {cluster: kubernetes, user: admin, namespace: kube-system}
  name: admin@kubernetes
current-context: admin@kubernetes
kind: Config
preferences: {}
users:
- name: admin
  user:
    client-certificate-data: ${base64(CERT)}
    client-key-data: >-
      ${base64(KEY).slice(0, 40)}
      ${base64(KEY).slice(40)}
`);
    expect(access).toEqual({
      server: "https://192.168.7.203:6443",
      origin: `kubeconfig ${join(folder.path, "kubeconfig")} (context "admin@kubernetes")`,
      tls: { ca: CA, cert: CERT, key: KEY },
    });
  });

  test("reads JSON", async () => {
    expect((await load(kubeconfig())).credentials).toEqual({ kind: "token", token: "secret" });
  });

  test("takes files relative to the folder of the kubeconfig, also through ..", async () => {
    const elsewhere = join(folder.path, "pki");
    mkdirSync(elsewhere);
    cpSync(testFile("ca.crt"), join(elsewhere, "ca.crt"));
    const toTestdata = relative(folder.path, dirname(testFile("client.crt")));
    const access = await load(
      kubeconfig({
        cluster: { "certificate-authority": "pki/ca.crt" },
        user: {
          token: "",
          "client-certificate": `${toTestdata}/client.crt`,
          "client-key": testFile("client.key"),
        },
      }),
    );
    expect(access.tls).toEqual({ ca: CA, cert: CERT, key: KEY });
    expect(access.credentials).toBeUndefined();
  });

  test("prefers embedded data to files, and a token file to a token", async () => {
    const access = await load(
      kubeconfig({
        cluster: { "certificate-authority-data": base64(CA), "certificate-authority": "/nowhere" },
        user: { tokenFile: "token" },
      }),
    );
    expect(access.tls).toEqual({ ca: CA });
    expect(access.credentials).toEqual({ kind: "tokenFile", path: join(folder.path, "token") });
  });

  test("reads user name and password, tls-server-name, insecure-skip-tls-verify and proxy-url", async () => {
    const access = await load(
      kubeconfig({
        cluster: {
          "insecure-skip-tls-verify": true,
          "tls-server-name": "kubernetes.default.svc",
          "proxy-url": "http://proxy.example:3128",
        },
        user: { token: null, username: "anna", password: "x y" },
      }),
    );
    expect(access).toMatchObject({
      tls: { rejectUnauthorized: false, serverName: "kubernetes.default.svc" },
      credentials: { kind: "basic", username: "anna", password: "x y" },
      proxy: "http://proxy.example:3128",
    });
  });

  test("takes the only context when none is current, and needs no user", async () => {
    const context = { name: "only", context: { cluster: "prod" } };
    const access = await load(kubeconfig({ root: { "current-context": "", contexts: [context] } }));
    expect(access.origin).toEndWith('(context "only")');
    expect(access.credentials).toBeUndefined();
  });

  test("does not look at entries that the context does not name", async () => {
    const users = [
      { name: "cloud", user: { exec: { command: "aws" } } },
      { name: "node", user: { token: "secret" } },
    ];
    expect((await load(kubeconfig({ root: { users } }))).credentials).toEqual({
      kind: "token",
      token: "secret",
    });
  });
});

describe("a wrong kubeconfig", () => {
  const oneContext = (context: unknown) => ({ contexts: [{ name: "node@prod", context }] });
  const cases: [what: string, config: Section | string, place: string, problem: string][] = [
    ["no YAML", "clusters: [1,\nusers: 2", "syntax", "neither YAML nor JSON"],
    ["tabs", "clusters:\n\t- name: a", "syntax", "Tab"],
    ["empty", "", "content", "empty"],
    ["a text", "hello", "", "must be a mapping"],
    ["two documents", "a: 1\n---\nb: 2\n", "content", "several documents"],
    ["another kind", kubeconfig({ root: { kind: "Secret" } }), "kind", "no kubeconfig"],
    ["another version", kubeconfig({ root: { apiVersion: "v2" } }), "apiVersion", "must be v1"],
    ["no context", kubeconfig({ root: { contexts: [] } }), "contexts", "there is none"],
    [
      "contexts no list",
      kubeconfig({ root: { contexts: {} } }),
      "contexts",
      "must be a list, and is a mapping",
    ],
    ["a context without name", kubeconfig({ root: { contexts: [{}] } }), "contexts[0], name", "is missing"],
    ["an item that is text", kubeconfig({ root: { contexts: ["a"] } }), "contexts[0]", "must be a mapping"],
    [
      "several contexts and none current",
      kubeconfig({ root: { "current-context": "", contexts: [{ name: "a" }, { name: "b" }] } }),
      "current-context",
      'choose "a", "b"',
    ],
    [
      "two contexts of one name",
      kubeconfig({ root: { contexts: [{ name: "a" }, { name: "a" }] } }),
      "contexts",
      'two entries named "a"',
    ],
    [
      "an unknown context",
      kubeconfig({ root: { "current-context": "nobody" } }),
      "current-context",
      'names "nobody", which is not among the contexts: choose "node@prod"',
    ],
    [
      "an empty context",
      kubeconfig({ root: oneContext(null) }),
      'context "node@prod", context',
      "is missing",
    ],
    ["no cluster", kubeconfig({ root: oneContext({}) }), 'context "node@prod", cluster', "is missing"],
    [
      "an unknown cluster",
      kubeconfig({ root: oneContext({ cluster: "test" }) }),
      'context "node@prod", cluster',
      'names "test", which is not among the clusters (known: "prod")',
    ],
    [
      "no clusters",
      kubeconfig({ root: { clusters: null } }),
      'context "node@prod", cluster',
      "there are no clusters",
    ],
    [
      "an unknown user",
      kubeconfig({ root: oneContext({ cluster: "prod", user: "eve" }) }),
      'context "node@prod", user',
      'names "eve", which is not among the users (known: "node")',
    ],
    ["no server", kubeconfig({ cluster: { server: "" } }), 'cluster "prod", server', "is missing"],
    [
      "a server that is no URL",
      kubeconfig({ cluster: { server: "::" } }),
      'cluster "prod", server',
      "must be a URL",
    ],
    [
      "a server without scheme",
      kubeconfig({ cluster: { server: "node1:6443" } }),
      'cluster "prod", server',
      "such as https://node1:6443",
    ],
    [
      "a server with credentials",
      kubeconfig({ cluster: { server: "https://a:b@node1" } }),
      'cluster "prod", server',
      "must not hold a user name",
    ],
    [
      "an address without scheme, with credentials",
      kubeconfig({ cluster: { server: "anna:x@node1:6443" } }),
      'cluster "prod", server',
      "must not hold a user name",
    ],
    [
      "a server with a query",
      kubeconfig({ cluster: { server: "https://node1?a=b" } }),
      'cluster "prod", server',
      "must not have a query",
    ],
    [
      "a missing authority",
      kubeconfig({ cluster: { "certificate-authority": "no.crt" } }),
      'cluster "prod", certificate-authority',
      `there is no file ${join(folder.path, "no.crt")}`,
    ],
    [
      "a folder as authority",
      kubeconfig({ cluster: { "certificate-authority": "." } }),
      'cluster "prod", certificate-authority',
      "is a folder",
    ],
    [
      "an authority that is a key",
      kubeconfig({ cluster: { "certificate-authority": testFile("client.key") } }),
      'cluster "prod", certificate-authority',
      "holds no PEM certificate",
    ],
    [
      "an embedded authority that is PEM",
      kubeconfig({ cluster: { "certificate-authority-data": CA } }),
      'cluster "prod", certificate-authority-data',
      "encode it with base64",
    ],
    [
      "an embedded authority that is nonsense",
      kubeconfig({ cluster: { "certificate-authority-data": base64("nonsense") } }),
      'cluster "prod", certificate-authority-data',
      "holds no PEM certificate",
    ],
    [
      "verification off beside an authority",
      kubeconfig({ cluster: { "certificate-authority-data": base64(CA), "insecure-skip-tls-verify": true } }),
      'cluster "prod", insecure-skip-tls-verify',
      "remove one of them",
    ],
    [
      "a flag that is text",
      kubeconfig({ cluster: { "insecure-skip-tls-verify": "yes" } }),
      'cluster "prod", insecure-skip-tls-verify',
      "must be true or false",
    ],
    [
      "a SOCKS proxy",
      kubeconfig({ cluster: { "proxy-url": "socks5://proxy:1080" } }),
      'cluster "prod", proxy-url',
      "SOCKS proxies are not supported",
    ],
    [
      "a program for credentials",
      kubeconfig({ user: { exec: { command: "aws" } } }),
      'user "node", exec',
      "use token, tokenFile, or client-certificate",
    ],
    [
      "an auth-provider",
      kubeconfig({ user: { "auth-provider": { name: "oidc" } } }),
      'user "node", auth-provider',
      "use token, tokenFile, or client-certificate",
    ],
    ["impersonation", kubeconfig({ user: { as: "root" } }), 'user "node", as', "is not supported"],
    [
      "a token that is a number",
      kubeconfig({ user: { token: 12345 } }),
      'user "node", token',
      "put it in quotes",
    ],
    ["a token with a space", kubeconfig({ user: { token: "a b" } }), 'user "node", token', "copy it again"],
    [
      "a token beside a user name",
      kubeconfig({ user: { username: "anna", password: "x" } }),
      'user "node", username',
      "stands beside a token",
    ],
    [
      "a user name without password",
      kubeconfig({ user: { token: "", username: "anna" } }),
      'user "node", password',
      "is missing",
    ],
    [
      "a password without user name",
      kubeconfig({ user: { token: "", password: "x" } }),
      'user "node", username',
      "is missing",
    ],
    [
      "a certificate without key",
      kubeconfig({ user: { "client-certificate-data": base64(CERT) } }),
      'user "node", client-key',
      "give both",
    ],
    [
      "a key without certificate",
      kubeconfig({ user: { "client-key-data": base64(KEY) } }),
      'user "node", client-certificate',
      "give both",
    ],
    [
      "a key with a passphrase",
      kubeconfig({
        user: { "client-certificate-data": base64(CERT), "client-key": testFile("encrypted.key") },
      }),
      'user "node", client-key',
      "protected by a passphrase",
    ],
  ];

  test.each(cases)("%s: names file, entry and key", async (_, config, place, problem) => {
    const error = await failure(load(config));
    expect(error.kind).toBe("config");
    expect(error.message).toContain(`kubeconfig ${join(folder.path, "kubeconfig")}: ${place}`);
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain("12345");
  });

  test("that is not there", async () => {
    const error = await failure(loadKubeconfig(join(folder.path, "none")));
    expect(error).toMatchObject({ kind: "config", reason: "ENOENT", path: join(folder.path, "none") });
    expect(error.message).toContain("create it or correct the path");
  });
});

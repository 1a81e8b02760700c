import { type Case, type Json, SECRET, type Table } from "../case.ts";

const REFERENCE = { apiVersion: "v1", kind: "Config", "current-context": "node" };
const NAMED = { context: { cluster: "prod", user: "node" } };

/** A kubeconfig, which may be JSON as well, with one cluster and one user. */
export function kubeconfigWith(cluster: Json, user: Json, rest: Json = {}): string {
  return JSON.stringify({
    ...REFERENCE,
    contexts: [{ name: "node", ...NAMED }],
    clusters: [{ name: "prod", cluster }],
    users: [{ name: "node", user }],
    ...rest,
  });
}

/** The pod's annotations are to be read from the API server that the file names. */
export function byKubeconfig(name: string, text: string, code: number, ...says: RegExp[]): Case {
  return {
    name,
    annotations: null,
    files: { "skynet.conf": text },
    config: { kubernetes: { kubeconfig: "@dir@/skynet.conf" } },
    code,
    says,
  };
}

function wrong(name: string, text: string, ...says: RegExp[]): Case {
  return byKubeconfig(name, text, 7, /^kubeconfig \S+\/skynet\.conf: /, ...says);
}

const server = "https://127.0.0.1:6443";
const wrongCluster = (name: string, cluster: Json, ...says: RegExp[]) =>
  wrong(name, kubeconfigWith(cluster, {}), /cluster "prod"/, ...says);
const wrongUser = (name: string, user: Json, ...says: RegExp[]) =>
  wrong(name, kubeconfigWith({ server }, user), /user "node"/, ...says);

const notPem = Buffer.from("nothing of the kind").toString("base64");
const brokenPem = Buffer.from("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").toString(
  "base64",
);

export const kubeconfig: Table = {
  topic: "kubeconfig",
  cases: [
    {
      name: "no such file",
      annotations: null,
      config: { kubernetes: { kubeconfig: "/no/such/skynet.conf" } },
      code: 7,
      says: [/no file \/no\/such\/skynet\.conf/, /correct the path/],
    },
    {
      name: "a folder",
      annotations: null,
      config: { kubernetes: { kubeconfig: "@folder@" } },
      code: 7,
      says: [/is a folder: name the file/],
    },
    wrong("an empty file", "", /empty/),
    wrong("not YAML", "clusters: [unclosed\n", /neither YAML nor JSON/, /yamllint/),
    wrong("a list", "- a\n", /must be one mapping/),
    wrong("another kind of object", "apiVersion: v1\nkind: Secret\n", /kind: must be Config, and is Secret/),
    wrong("no contexts", "apiVersion: v1\nkind: Config\n", /contexts/, /add a context/),
    wrong(
      "a context that is not there",
      kubeconfigWith({ server }, {}, { "current-context": "prod" }),
      /current-context/,
      /"prod"/,
      /choose "node"/,
    ),
    wrong(
      "two contexts and none chosen",
      kubeconfigWith(
        { server },
        {},
        {
          "current-context": "",
          contexts: [
            { name: "a", ...NAMED },
            { name: "b", ...NAMED },
          ],
        },
      ),
      /current-context/,
      /choose "a", "b"/,
    ),
    wrong(
      "a cluster that is not there",
      kubeconfigWith({}, {}, { clusters: [] }),
      /names "prod"/,
      /no clusters/,
    ),
    wrong(
      "a user that is not there",
      kubeconfigWith({ server }, {}, { users: [] }),
      /names "node"/,
      /no users/,
    ),
    wrongCluster("no server", {}, /server: is missing/),
    wrongCluster("a server without https://", { server: "127.0.0.1:6443" }, /server: must be a URL such as/),
    wrongCluster("a SOCKS proxy", { server, "proxy-url": "socks5://10.0.0.1" }, /proxy-url/, /not supported/),
    wrongCluster(
      "an authority that is not base64",
      { server, "certificate-authority-data": "%%%" },
      /base64/,
    ),
    wrongCluster("an authority that is no PEM", { server, "certificate-authority-data": notPem }, /no PEM/),
    wrongCluster(
      "an authority's file that is not there",
      { server, "certificate-authority": "ca.crt" },
      /certificate-authority/,
      /no file \S+\/ca\.crt/,
    ),
    wrongCluster(
      "an authority beside insecure-skip-tls-verify",
      { server, "insecure-skip-tls-verify": true, "certificate-authority": "@kubernetes-files@ca.crt" },
      /insecure-skip-tls-verify/,
      /remove one/,
    ),
    byKubeconfig(
      "an authority of broken PEM",
      kubeconfigWith({ server: "@api-tls@", "certificate-authority-data": brokenPem }, {}),
      7,
      /certificate-authority/,
      /skynet\.conf/,
    ),
    wrongUser(
      "a program for credentials",
      { exec: { command: "aws" } },
      /exec: is not supported/,
      /use token/,
    ),
    wrongUser("an auth-provider", { "auth-provider": { name: "oidc" } }, /auth-provider: is not supported/),
    wrongUser("impersonation", { token: SECRET, as: "admin" }, /as: is not supported/),
    wrongUser("a number for a token", { token: 4711 }, /token: must be text/, /quotes/),
    wrongUser("a token with a line break", { token: `${SECRET}\nmore` }, /token: holds/, /copy it again/),
    wrongUser("a user name without password", { username: "node" }, /password: is missing/),
    wrongUser(
      "a token beside a password",
      { token: SECRET, username: "node", password: SECRET },
      /remove one/,
    ),
    wrongUser(
      "a certificate without key",
      { "client-certificate": "@kubernetes-files@client.crt" },
      /client-key: is missing/,
    ),
    wrongUser(
      "a key with a passphrase",
      {
        "client-certificate": "@kubernetes-files@client.crt",
        "client-key": "@kubernetes-files@encrypted.key",
      },
      /passphrase/,
      /openssl pkey/,
    ),
    byKubeconfig(
      "a key of another certificate",
      kubeconfigWith(
        { server: "@api-tls@", "certificate-authority": "@kubernetes-files@ca.crt" },
        {
          "client-certificate": "@kubernetes-files@client.crt",
          "client-key": "@kubernetes-files@other-client.key",
        },
      ),
      7,
      /client-key does not belong to client-certificate/,
    ),
    byKubeconfig(
      "a token file that is not there",
      kubeconfigWith(
        { server: "@api-tls@", "certificate-authority": "@kubernetes-files@ca.crt" },
        { tokenFile: "token" },
      ),
      7,
      /token/,
      /no file \S+\/token/,
    ),
  ],
};

import { type Case, type Json, SECRET, type Table } from "../case.ts";
import { byKubeconfig, kubeconfigWith } from "./kubeconfig.ts";

/** The API server is at an address, without credentials. */
function root(name: string, url: string, code: number, ...says: RegExp[]): Case {
  return { name, annotations: null, config: { kubernetes: { k8s_api_root: url } }, code, says };
}

const CA = { "certificate-authority": "@kubernetes-files@ca.crt" };
const guarded = (name: string, cluster: Json, user: Json, code: number, ...says: RegExp[]) =>
  byKubeconfig(name, kubeconfigWith({ server: "@api-tls@", ...cluster }, user), code, ...says);

function pod(name: string, pairs: string, ...says: RegExp[]): Case {
  return {
    name,
    annotations: null,
    env: { CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;${pairs}` },
    config: { kubernetes: { k8s_api_root: "@api@" } },
    code: 3,
    says,
  };
}

export const kubernetes: Table = {
  topic: "API server",
  cases: [
    root(
      "nobody listens",
      "@nobody@",
      11,
      /API server http:\/\/127\.0\.0\.1:1 /,
      /k8s_api_root/,
      /nothing listens/,
    ),
    root(
      "a name that does not resolve",
      "http://api.invalid:8080",
      11,
      /api\.invalid/,
      /resolved/,
      /k8s_api_root/,
    ),
    root("one that hangs up", "@hanging-up@", 11, /API server http/, /closed the connection/),
    {
      ...root(
        "one that never answers",
        "@hanging@",
        11,
        /API server http/,
        /within its 1 s/,
        /check that it runs/,
      ),
      config: { kubernetes: { k8s_api_root: "@hanging@" }, deadlines: { add: 1 } },
    },
    root("a web page", "@web-page@", 107, /API server http/, /no JSON/, /k8s_api_root/),
    root("a proxy's web page with 502", "@web-page-502@", 11, /API server http/, /HTTP 502/),
    root("some other API", "@other-api@", 107, /no Pod/, /k8s_api_root/),
    root("half an answer", "@garbage@", 107, /no JSON/),
    root("no API of Kubernetes", "@not-found@", 107, /HTTP 404/, /k8s_api_root/),
    root("a login page", "@redirecting@", 107, /API server http/, /login\.example\.org/),
    root("overloaded", "@busy@", 11, /HTTP 429/, /try again/),
    root("broken", "@failing@", 11, /HTTP 500/),
    root("credentials wanted, and there are none", "@unauthorized@", 103, /HTTP 401/, /https/),
    root("not allowed to read pods", "@forbidding@", 103, /is forbidden: User/, /role/),
    root("another protocol", "@not-http@", 107, /API server http/, /does not speak HTTP/, /k8s_api_root/),
    root("https where http is spoken", "https://127.0.0.1:@api-port@", 7, /handshake failed/, /speaks TLS/),
    root(
      "http where https is spoken",
      "http://127.0.0.1:@api-tls-port@",
      11,
      /closed the connection/,
      /https/,
    ),
    guarded("an unknown authority", {}, {}, 7, /certificate/, /certificate-authority/),
    guarded(
      "another authority",
      { "certificate-authority": "@kubernetes-files@other-ca.crt" },
      {},
      7,
      /not from the authority in kubeconfig/,
    ),
    guarded(
      "another name",
      { ...CA, "tls-server-name": "api.example.org" },
      {},
      7,
      /not for "api\.example\.org"/,
      /tls-server-name/,
    ),
    guarded("no credentials", CA, {}, 103, /HTTP 401/, /there are none/),
    guarded("a wrong token", CA, { token: `${SECRET}-old` }, 103, /HTTP 401/, /renew the token/),
    byKubeconfig(
      "an expired certificate",
      kubeconfigWith({ server: "https://127.0.0.1:@tls-expired-port@", ...CA }, {}),
      7,
      /not valid today/,
      /clock/,
    ),
    byKubeconfig(
      "a client certificate is wanted",
      kubeconfigWith({ server: "@api-client-cert@", ...CA }, {}),
      7,
      /client certificate/,
    ),
    byKubeconfig(
      "a client certificate of another authority",
      kubeconfigWith(
        { server: "@api-client-cert@", ...CA },
        {
          "client-certificate": "@kubernetes-files@other-client.crt",
          "client-key": "@kubernetes-files@other-client.key",
        },
      ),
      11,
      /client certificate/,
    ),
    pod("a pod that is gone", "K8S_POD_NAME=db-0", /pod shop\/db-0 does not exist/),
    pod(
      "a pod of the same name with another UID",
      "K8S_POD_NAME=web-0;K8S_POD_UID=11111111-2222-4333-8444-555555555555",
      /pod shop\/web-0/,
      /11111111-2222/,
    ),
    {
      name: "a service account without token",
      annotations: null,
      env: { KUBERNETES_SERVICE_HOST: "10.254.0.1", KUBERNETES_SERVICE_PORT: "443" },
      code: 7,
      says: [/service account/, /\/var\/run\/secrets/],
    },
  ],
};

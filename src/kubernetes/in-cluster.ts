import type { ApiAccess } from "./access.ts";
import { KubernetesError } from "./errors.ts";
import { readText } from "./files.ts";
import { parseServerUrl } from "./server-url.ts";

/** Where the kubelet mounts the service account of a pod ("Accessing the Kubernetes API from a Pod"). */
export const SERVICE_ACCOUNT_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

export interface InClusterOptions {
  /** Default: the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: `SERVICE_ACCOUNT_FOLDER`. */
  readonly folder?: string;
}

/**
 * The access that Kubernetes gives to every pod. The token is read for each request, since the kubelet replaces it
 * about once an hour.
 *
 * @returns undefined when this process does not run in a pod (no KUBERNETES_SERVICE_HOST)
 * @throws {KubernetesError} kind `config` when it does, and the service account is incomplete
 */
export async function loadInCluster(options: InClusterOptions = {}): Promise<ApiAccess | undefined> {
  const { env = process.env, folder = SERVICE_ACCOUNT_FOLDER } = options;
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  if (!host || !port) {
    return undefined;
  }
  const server = parseServerUrl(`https://${host.includes(":") ? `[${host}]` : host}:${port}`);
  if ("problem" in server) {
    throw new KubernetesError(
      "config",
      `KUBERNETES_SERVICE_HOST=${host} and KUBERNETES_SERVICE_PORT=${port} make no address: the kubelet sets them; remove them from the pod's env`,
    );
  }
  const tokenPath = `${folder}/token`;
  const account = "service account of this pod (is automountServiceAccountToken false?)";
  const [ca] = await Promise.all([readText(`${folder}/ca.crt`, account), readText(tokenPath, account)]);
  return {
    server: server.url,
    origin: `service account ${folder}`,
    tls: { ca },
    credentials: { kind: "tokenFile", path: tokenPath },
  };
}

import type { ApiAccess, ApiTls } from "./access.ts";
import { KubernetesError } from "./errors.ts";
import { type InClusterOptions, loadInCluster } from "./in-cluster.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import { parseServerUrl } from "./server-url.ts";

/** The section `kubernetes` of the configuration. Empty texts count as absent. */
export interface KubernetesSettings {
  readonly k8s_api_root?: string;
  /** Path of a file. */
  readonly kubeconfig?: string;
}

/**
 * Decides which API server to talk to, and how:
 *
 * 1. `kubeconfig`; with `k8s_api_root` too, the kubeconfig gives credentials and certificates and the root the address,
 * 2. `k8s_api_root` alone, without credentials; `https` is checked with the system's authorities,
 * 3. the service account of the pod this process runs in.
 *
 * @returns undefined when none of the three is there: no API server is known
 * @throws {KubernetesError} kind `config`
 */
export async function chooseAccess(
  settings: KubernetesSettings,
  inCluster: InClusterOptions = {},
): Promise<ApiAccess | undefined> {
  const root = settings.k8s_api_root ? readRoot(settings.k8s_api_root) : undefined;
  if (settings.kubeconfig) {
    const access = await loadKubeconfig(settings.kubeconfig);
    return root === undefined ? access : withServer(access, root);
  }
  return root === undefined ? loadInCluster(inCluster) : { server: root, origin: "k8s_api_root" };
}

function readRoot(text: string): string {
  const root = parseServerUrl(text);
  if ("problem" in root) {
    throw new KubernetesError("config", `kubernetes.k8s_api_root is "${text}": it ${root.problem}`);
  }
  return root.url;
}

/** The name to expect in the certificate belonged to the address that is replaced (so kubectl --server has it too). */
function withServer(access: ApiAccess, server: string): ApiAccess {
  const { serverName: _, ...tls }: ApiTls = access.tls ?? {};
  return { ...access, server, tls, origin: `k8s_api_root with ${access.origin}` };
}

import * as v from "valibot";
import { absolutePath, httpUrl, NOT_AN_OBJECT } from "./values.ts";

/** `kubernetes`: where the API server is. Not needed when the runtime hands over the pod's annotations. */
export const KubernetesSchema = v.object(
  {
    k8s_api_root: v.exactOptional(
      v.pipe(
        httpUrl,
        v.title("Kubernetes API server"),
        v.description("Its base URL. With `kubeconfig` it replaces the server named there."),
        v.examples(["http://192.168.7.203:8080"]),
      ),
    ),
    kubeconfig: v.exactOptional(
      v.pipe(
        absolutePath,
        v.title("Path of a kubeconfig"),
        v.description("Its current context says server and credentials."),
        v.examples(["/etc/kubernetes/skynet.conf"]),
      ),
    ),
  },
  NOT_AN_OBJECT,
);

import * as v from "valibot";
import { documented } from "./documented.ts";
import { absolutePath, httpUrl, NOT_AN_OBJECT, text } from "./values.ts";

/** `kubernetes`: where the API server is. Not needed when the runtime hands over the pod's annotations. */
export const KubernetesSchema = v.object(
  {
    k8s_api_root: documented(v.exactOptional(httpUrl), {
      title: "Kubernetes API server",
      description: "Its base URL. With `kubeconfig` it replaces the server named there.",
      examples: ["http://192.168.7.203:8080"],
    }),
    kubeconfig: documented(v.exactOptional(absolutePath), {
      title: "Path of a kubeconfig",
      description: "Its current context says server and credentials.",
      examples: ["/etc/kubernetes/skynet.conf"],
    }),
    node_name: documented(v.exactOptional(text), {
      title: "Name of this node in Kubernetes",
      description: "Whose pods the agent watches. Default: `NODE_NAME` in its environment, else `hostname`.",
      examples: ["node-1"],
    }),
  },
  NOT_AN_OBJECT,
);

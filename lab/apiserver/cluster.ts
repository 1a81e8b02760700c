import type { Pod, PodList } from "kubernetes-types/core/v1";
import { badRequest, conflict, noSuchPod, podExists } from "./status.ts";

/** A pod as the server holds it. */
export interface StoredPod extends Pod {
  metadata: NonNullable<Pod["metadata"]> & {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
  };
}

/** A name of a pod (RFC 1123 subdomain), which the real server wants too. */
const NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * The pods of a cluster, in memory. Unlike a real server it keeps the UID that a new pod comes with, so that a lab can
 * say beforehand who a pod is.
 */
export class Pods {
  private readonly pods = new Map<string, StoredPod>();
  private version = 0;

  /** @param namespace absent: of all namespaces */
  list(namespace?: string): PodList {
    const items = [...this.pods.values()].filter(
      ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
    );
    return { kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: String(this.version) }, items };
  }

  /** @throws {Refusal} 404 */
  get(namespace: string, name: string): StoredPod {
    const pod = this.pods.get(`${namespace}/${name}`);
    if (pod === undefined) {
      throw noSuchPod(name);
    }
    return pod;
  }

  /** @throws {Refusal} 400 for a pod that is none, 409 when there is one of that name */
  create(namespace: string, pod: Pod): StoredPod {
    const name = checkPod(pod, namespace);
    if (this.pods.has(`${namespace}/${name}`)) {
      throw podExists(name);
    }
    const uid = pod.metadata?.uid ?? crypto.randomUUID();
    return this.store(pod, { name, namespace, uid, creationTimestamp: new Date().toISOString() });
  }

  /** @throws {Refusal} 400, 404, or 409 when the pod was changed or made anew since the caller read it */
  replace(namespace: string, name: string, pod: Pod): StoredPod {
    if (checkPod(pod, namespace) !== name) {
      throw badRequest("the name of the object does not match the name on the URL");
    }
    const { metadata: old } = this.get(namespace, name);
    const { uid = old.uid, resourceVersion = old.resourceVersion } = pod.metadata ?? {};
    if (uid !== old.uid) {
      throw conflict(
        name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.uid}`,
      );
    }
    if (resourceVersion !== old.resourceVersion) {
      throw conflict(name, "the object has been modified; please apply your changes to the latest version");
    }
    const { creationTimestamp } = old;
    return this.store(pod, { name, namespace, uid, ...(creationTimestamp && { creationTimestamp }) });
  }

  /** @throws {Refusal} 404 */
  delete(namespace: string, name: string): StoredPod {
    const pod = this.get(namespace, name);
    this.pods.delete(`${namespace}/${name}`);
    this.version++;
    return pod;
  }

  private store(pod: Pod, own: Omit<StoredPod["metadata"], "resourceVersion">): StoredPod {
    const resourceVersion = String(++this.version);
    const stored = {
      ...pod,
      kind: "Pod",
      apiVersion: "v1",
      metadata: { ...pod.metadata, ...own, resourceVersion },
    };
    this.pods.set(`${own.namespace}/${own.name}`, stored as StoredPod);
    return stored as StoredPod;
  }
}

/** @returns the pod's name */
function checkPod({ kind = "Pod", metadata }: Pod, namespace: string): string {
  if (kind !== "Pod") {
    throw badRequest(`no kind "${kind}" is expected here`);
  }
  if (metadata?.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (metadata?.name === undefined || !NAME.test(metadata.name)) {
    throw badRequest("metadata.name: a lowercase RFC 1123 subdomain is required");
  }
  return metadata.name;
}

import type { Pod } from "kubernetes-types/core/v1";
import { ANNOTATION_PREFIX, STATUS_ANNOTATION } from "../../kubernetes/annotation.ts";

/** What the agent keeps of a pod; the rest, several kB, is forgotten. */
export interface KnownPod {
  readonly namespace: string;
  readonly name: string;
  /** In the API server. */
  readonly uid: string;
  /** Of a static pod: the UID that the kubelet gives the runtime, which the pod's mirror in the API server has not. */
  readonly staticUid: string | undefined;
  /** Those that begin with `skynet/`, without what the agent itself has written. */
  readonly annotations: ReadonlyMap<string, string>;
  /** `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`. */
  readonly phase: string | undefined;
  /** Its deletion has been asked for. */
  readonly deleting: boolean;
}

/** Kubernetes reference, "Well-Known Labels, Annotations and Taints": set by the kubelet on pods it mirrors. */
const MIRROR = "kubernetes.io/config.mirror";

/** Pods without annotations of ours, nearly all, share one. */
const NONE: ReadonlyMap<string, string> = new Map();

export function knownPod({ metadata = {}, status }: Pod): KnownPod {
  const { annotations = {}, deletionTimestamp } = metadata;
  const ours = Object.entries(annotations).filter(
    ([name]) => name.startsWith(ANNOTATION_PREFIX) && name !== STATUS_ANNOTATION,
  );
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name ?? "",
    uid: metadata.uid ?? "",
    staticUid: annotations[MIRROR],
    annotations: ours.length === 0 ? NONE : new Map(ours),
    phase: status?.phase,
    deleting: deletionTimestamp !== undefined,
  };
}

/** Whether the pod of this name is the one meant: runtimes that give no UID mean whichever there is. */
export function isMeant(known: KnownPod, uid: string | undefined): boolean {
  return uid === undefined || uid === known.uid || uid === known.staticUid;
}

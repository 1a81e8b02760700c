import type { Event, Pod } from "kubernetes-types/core/v1";
import { Collection } from "./collection.ts";
import type { History } from "./history.ts";

export type Pods = Collection<Pod>;
export type Events = Collection<Event>;

/** What the server holds. Given to a second server, it outlives the first, as etcd outlives an API server. */
export interface Cluster {
  readonly history: History;
  readonly pods: Pods;
  readonly events: Events;
}

/** Fields to select by: Kubernetes reference, "Field selectors". */
export function makeCluster(history: History): Cluster {
  const object = ["metadata.name", "metadata.namespace"];
  const pods = { name: "pods", kind: "Pod", fields: [...object, "spec.nodeName", "status.phase"] };
  const involved = ["kind", "namespace", "name", "uid"].map((field) => `involvedObject.${field}`);
  const events = { name: "events", kind: "Event", fields: [...object, ...involved, "reason", "type"] };
  return {
    history,
    pods: new Collection<Pod>(pods, history),
    events: new Collection<Event>(events, history),
  };
}

import type { Event } from "kubernetes-types/core/v1";
import type { KubernetesClient, PodAddress } from "./client.ts";
import { EventBudget } from "./event-budget.ts";
import { type EventKind, EventSeries } from "./event-series.ts";

/** Who tells the events: `source` of the Event. */
export interface EventSource {
  /** E.g. `skynet`. */
  readonly component: string;
  /** Name of the node. */
  readonly host: string;
}

/** Something that happened to a pod. Times in milliseconds since the epoch. */
export interface Occurrence extends EventKind {
  /** How often, between `first` and `last`. */
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

export type Recorded =
  | "written"
  /** So much was said about this pod lately that this was left out. */
  | "suppressed"
  /** The pod's namespace is gone or about to go. */
  | "gone";

/** Characters; what the server allows in `events.k8s.io`, whose events are the same objects. */
const LONGEST_MESSAGE = 1024;
/** Of names of objects (RFC 1123 subdomain). */
const LONGEST_NAME = 253;
const SUFFIX_BYTES = 8;

/**
 * Writes Events about pods (Kubernetes API reference, "Event v1 core"). What happens again is counted in the event that
 * is there; many different messages of one reason become one event; and a pod has not more than a budget of them.
 * Calls for one pod must follow each other.
 */
export class EventRecorder {
  private readonly series = new EventSeries();
  private readonly budget = new EventBudget();

  constructor(
    private readonly client: KubernetesClient,
    private readonly source: EventSource,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws {KubernetesError} when it could not be written; the same call may be repeated */
  async record(
    pod: PodAddress & { readonly uid: string },
    occurrence: Occurrence,
    signal: AbortSignal,
  ): Promise<Recorded> {
    const now = this.now();
    if (this.budget.isSpent(pod.uid, now)) return "suppressed";
    const record = this.series.of(pod.uid, occurrence, now);
    const isRepeated = record.name !== undefined;
    const count = record.count + occurrence.count;
    const first = isRepeated ? record.first : occurrence.first;
    const message = cut(record.message, LONGEST_MESSAGE);
    const changes = { count, lastTimestamp: timestamp(occurrence.last), message };
    const counted =
      record.name !== undefined &&
      (await this.client.patchEvent(pod.namespace, record.name, changes, signal));
    if (!counted) {
      const event = { ...this.eventOf(pod, occurrence), ...changes, firstTimestamp: timestamp(first) };
      if (!(await this.client.createEvent(event, signal))) return "gone";
      record.name = event.metadata.name;
    }
    record.count = count;
    record.first = first;
    this.budget.spend(pod.uid, now);
    return "written";
  }

  private eventOf(pod: PodAddress, { type, reason }: EventKind): Event & { metadata: { name: string } } {
    const { namespace, name, uid } = pod;
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: eventName(name), namespace },
      involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, ...(uid !== undefined && { uid }) },
      type,
      reason,
      source: this.source,
      reportingComponent: this.source.component,
      reportingInstance: this.source.host,
    };
  }
}

/** Like client-go's: the pod's name and something that no other event has. */
function eventName(pod: string): string {
  const suffix = crypto.getRandomValues(new Uint8Array(SUFFIX_BYTES)).toHex();
  const start = pod.slice(0, LONGEST_NAME - suffix.length - 1).replace(/[.-]+$/, "");
  return `${start}.${suffix}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** RFC 3339 in whole seconds, as `metav1.Time` is written. */
function timestamp(epoch: number): string {
  return new Date(epoch).toISOString().replace(/\.\d+Z$/, "Z");
}

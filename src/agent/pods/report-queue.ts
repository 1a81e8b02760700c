import type { PodAddress } from "../../kubernetes/client.ts";
import type { Occurrence } from "../../kubernetes/event-recorder.ts";

/** What is to be told about a pod. */
export interface Report extends Occurrence {
  readonly pod: PodAddress;
  /** To be set on the pod before the event is written; undefined: nothing, or done. */
  annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * Reports that wait, oldest first. One that says the same again is counted in the one that waits. When there are too
 * many the oldest is dropped: it is the one that the least people still look for.
 */
export class ReportQueue {
  private readonly reports = new Map<string, Report>();

  constructor(private readonly most: number) {}

  get length(): number {
    return this.reports.size;
  }

  /** @returns how many were dropped to make room */
  add(report: Report): number {
    const key = keyOf(report);
    const waiting = this.reports.get(key);
    this.reports.set(key, waiting === undefined ? report : merged(waiting, report));
    if (this.reports.size <= this.most) return 0;
    const [oldest = ""] = this.reports.keys();
    this.reports.delete(oldest);
    return 1;
  }

  /** Takes a report back that could not be sent. What waits about the same pod is newer: its annotations count. */
  putBack(report: Report): number {
    const isOutdated = [...this.reports.values()].some(
      ({ pod, annotations }) => annotations !== undefined && podKey(pod) === podKey(report.pod),
    );
    if (isOutdated) report.annotations = undefined;
    return this.add(report);
  }

  /** Takes the oldest report about a pod that is not among these. */
  take(busy: ReadonlySet<string>): Report | undefined {
    for (const [key, report] of this.reports) {
      if (busy.has(podKey(report.pod))) continue;
      this.reports.delete(key);
      return report;
    }
    return undefined;
  }

  /** Drops all that happened last before then. @returns how many */
  dropOlderThan(time: number): number {
    const old = [...this.reports].filter(([, { last }]) => last < time);
    for (const [key] of old) this.reports.delete(key);
    return old.length;
  }
}

export function podKey({ namespace, name }: PodAddress): string {
  return `${namespace}/${name}`;
}

function keyOf({ pod, type, reason, message }: Report): string {
  return JSON.stringify([podKey(pod), pod.uid, type, reason, message]);
}

/** The same message is about the same port, so the annotations of either are right. */
function merged(one: Report, other: Report): Report {
  return {
    ...other,
    annotations: other.annotations ?? one.annotations,
    count: one.count + other.count,
    first: Math.min(one.first, other.first),
    last: Math.max(one.last, other.last),
  };
}

import type { CniError } from "../../cni/errors.ts";
import { BackOff, type BackOffLimits } from "../../kubernetes/back-off.ts";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { KubernetesError, type KubernetesErrorKind, messageOf } from "../../kubernetes/errors.ts";
import { EventRecorder } from "../../kubernetes/event-recorder.ts";
import type { EventKind } from "../../kubernetes/event-series.ts";
import type { PodIdentity } from "../../kubernetes/pod.ts";
import type { Logger } from "../../log.ts";
import { Delivery, type KnownPods } from "./delivery.ts";
import { podKey, type Report, ReportQueue } from "./report-queue.ts";
import { type AttachedPort, attachedEvent, failedEvent, statusAnnotation } from "./wording.ts";

export interface PodReporterOptions {
  /** The node's name in Kubernetes. */
  readonly nodeName: string;
  readonly log: Logger;
  /** The pods of the node, so that they need not be asked for. */
  readonly pods?: KnownPods;
  /** For tests, as is `now`: milliseconds since the epoch. */
  readonly limits?: Partial<ReporterLimits>;
  readonly now?: () => number;
}

/** Times in milliseconds. */
export interface ReporterLimits {
  /** Reports that wait. */
  readonly queue: number;
  /** Reports that are being sent. */
  readonly inFlight: number;
  /** After which a report is given up. */
  readonly lifetime: number;
  /** For one report. */
  readonly deadline: number;
  readonly backOff: BackOffLimits;
  /** For what waits when the agent stops. */
  readonly farewell: number;
}

export interface PodReporterGauges {
  readonly queued: number;
  readonly inFlight: number;
  /** Reports that were told since the start. */
  readonly sent: number;
  /** Those that found no room, or no server in time, or were refused. */
  readonly dropped: number;
  /** Those whose pod was gone, and those left out because so much had been said about their pod. */
  readonly needless: number;
  readonly lastError: { readonly at: number; readonly message: string } | undefined;
}

const LIMITS: ReporterLimits = {
  queue: 500,
  inFlight: 5,
  lifetime: 300_000,
  deadline: 10_000,
  backOff: { first: 1000, longest: 30_000 },
  farewell: 2000,
};

/** Failures that say nothing about the report: it may succeed later. */
const PASSING: readonly KubernetesErrorKind[] = [
  "unreachable",
  "timeout",
  "tls",
  "unauthorized",
  "unavailable",
  "conflict",
  "config",
];

/**
 * Tells Kubernetes what became of pods: an Event, and for a pod that was attached the annotation `skynet/status`. It
 * works in the background and never fails: an API server that is away costs reports, not pods.
 */
export class PodReporter {
  readonly name = "reports about pods";
  private readonly limits: ReporterLimits;
  private readonly now: () => number;
  private readonly queue: ReportQueue;
  private readonly delivery: Delivery;
  private readonly backOff: BackOff;
  private readonly ending = new AbortController();
  private readonly busy = new Map<string, Promise<void>>();
  private pause: ReturnType<typeof setTimeout> | undefined;
  private readonly counts = { sent: 0, dropped: 0, needless: 0 };
  private lastError: PodReporterGauges["lastError"];

  constructor(
    client: KubernetesClient,
    private readonly options: PodReporterOptions,
  ) {
    this.limits = { ...LIMITS, ...options.limits };
    this.now = options.now ?? Date.now;
    this.queue = new ReportQueue(this.limits.queue);
    const recorder = new EventRecorder(client, { component: "skynet", host: options.nodeName }, this.now);
    const notAllowed = (error: KubernetesError) => this.note(error, "a pod could not be annotated");
    this.delivery = new Delivery(client, recorder, options.pods, notAllowed);
    this.backOff = new BackOff(this.limits.backOff);
  }

  /** Nothing needs to be begun; when the signal is aborted, nothing more is sent. */
  start(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.end(), { once: true });
    return Promise.resolve();
  }

  /** Sends what waits, for at most two seconds, and ends. */
  async stop(): Promise<void> {
    const over = setTimeout(() => this.end(), this.limits.farewell);
    while (this.busy.size > 0) await Promise.race(this.busy.values());
    clearTimeout(over);
    this.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The pod has its port. Returns at once. */
  attached(pod: PodIdentity, port: AttachedPort): void {
    this.enqueue(pod, attachedEvent(port), statusAnnotation(port));
  }

  /** The pod could not be attached. Returns at once. */
  failed(pod: PodIdentity, error: Pick<CniError, "code" | "message">): void {
    this.enqueue(pod, failedEvent(error), undefined);
  }

  get gauges(): PodReporterGauges {
    const { queue, busy, counts, lastError } = this;
    return { queued: queue.length, inFlight: busy.size, ...counts, lastError };
  }

  /** Pods of runtimes that name none are not in Kubernetes. */
  private enqueue(
    { namespace, name, uid }: PodIdentity,
    kind: EventKind,
    annotations: Report["annotations"],
  ): void {
    if (!namespace || !name || this.ending.signal.aborted) return;
    const now = this.now();
    const report = { ...kind, pod: { namespace, name, uid }, annotations, count: 1, first: now, last: now };
    this.counts.dropped += this.queue.add(report);
    this.pump();
  }

  /** Sends as much as may be sent now. What it starts calls it again. */
  private pump(): void {
    if (this.pause !== undefined || this.ending.signal.aborted) return;
    this.counts.dropped += this.queue.dropOlderThan(this.now() - this.limits.lifetime);
    while (this.busy.size < this.limits.inFlight) {
      const report = this.queue.take(new Set(this.busy.keys()));
      if (report === undefined) return;
      const key = podKey(report.pod);
      const sending = this.send(report).finally(() => {
        this.busy.delete(key);
        this.pump();
      });
      this.busy.set(key, sending);
    }
  }

  private async send(report: Report): Promise<void> {
    const signal = AbortSignal.any([this.ending.signal, AbortSignal.timeout(this.limits.deadline)]);
    try {
      const outcome = await this.delivery.deliver(report, signal);
      if (outcome === "written") this.counts.sent++;
      else this.counts.needless++;
      this.backOff.reset();
    } catch (error) {
      this.fail(report, error);
    }
  }

  private fail(report: Report, error: unknown): void {
    if (this.ending.signal.aborted) return;
    this.note(error, "a report about a pod could not be sent");
    if (!(error instanceof KubernetesError) || !PASSING.includes(error.kind)) {
      this.counts.dropped++;
      return;
    }
    this.counts.dropped += this.queue.putBack(report);
    this.pause ??= setTimeout(() => {
      this.pause = undefined;
      this.pump();
    }, this.backOff.next());
  }

  /** Warns once of each failure; its repetitions are for the debugging log. */
  private note(error: unknown, what: string): void {
    const message = messageOf(error);
    const level = message === this.lastError?.message ? "debug" : "warn";
    this.options.log[level](what, { error });
    this.lastError = { at: this.now(), message };
  }

  private end(): void {
    clearTimeout(this.pause);
    this.ending.abort();
  }
}

import type { KubernetesClient, PodAddress } from "../../kubernetes/client.ts";
import { KubernetesError } from "../../kubernetes/errors.ts";
import type { EventRecorder, Recorded } from "../../kubernetes/event-recorder.ts";
import type { PodIdentity } from "../../kubernetes/pod.ts";
import { isMeant, type KnownPod, knownPod } from "./known-pod.ts";
import type { Report } from "./report-queue.ts";

/** Where a pod can be looked up without asking the API server. */
export interface KnownPods {
  find(pod: PodIdentity): KnownPod | undefined;
}

/** Brings one report to the API server: the annotation first, which shows whether the pod is still there. */
export class Delivery {
  constructor(
    private readonly client: KubernetesClient,
    private readonly recorder: EventRecorder,
    private readonly pods: KnownPods | undefined,
    /** Told when a pod may not be annotated; its event is written all the same. */
    private readonly notAllowed: (error: KubernetesError) => void,
  ) {}

  /** @throws {KubernetesError} when it could not be told; what is done of it is not done again the next time */
  async deliver(report: Report, signal: AbortSignal): Promise<Recorded> {
    const { pod, annotations } = report;
    const known = this.pods?.find(pod);
    const address = { ...pod, uid: known?.uid ?? pod.uid };
    const living =
      annotations === undefined
        ? (known ?? (await this.ask(pod, signal)))
        : await this.annotate(address, annotations, signal);
    report.annotations = undefined;
    // Events of a static pod name the UID that the kubelet gives it, as the kubelet's own do.
    const uid = pod.uid ?? living?.uid;
    if (living === undefined || uid === undefined) return "gone";
    return this.recorder.record({ ...pod, uid }, report, signal);
  }

  private async ask(pod: PodAddress, signal: AbortSignal): Promise<KnownPod | undefined> {
    const found = await this.client.getPod(pod.namespace, pod.name, signal);
    if (found === undefined) return undefined;
    const living = knownPod(found);
    return isMeant(living, pod.uid) ? living : undefined;
  }

  /** @returns undefined when the pod is gone */
  private async annotate(
    pod: PodAddress,
    annotations: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<{ uid?: string | undefined } | undefined> {
    try {
      return (await this.client.annotatePod(pod, annotations, signal))?.metadata;
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.kind !== "forbidden") throw error;
      this.notAllowed(error);
      return pod;
    }
  }
}

import type { Pod } from "kubernetes-types/core/v1";
import type { KubernetesClient } from "../../kubernetes/client.ts";
import { KubernetesError } from "../../kubernetes/errors.ts";
import { ListWatch, type ListWatchOptions, type ListWatchSink } from "../../kubernetes/list-watch.ts";
import type { PodIdentity } from "../../kubernetes/pod.ts";
import type { Logger } from "../../log.ts";
import { Awaited } from "./awaited.ts";
import { isMeant, type KnownPod, knownPod } from "./known-pod.ts";

/** The API server says for certain that there is no such pod. */
export class PodGone {
  constructor(
    /** UID of the pod that has this name now; undefined: no pod has. */
    readonly livingUid: string | undefined,
  ) {}
}

export interface PodWatchOptions {
  /** The node's name in Kubernetes. */
  readonly nodeName: string;
  readonly log: Logger;
  /** Milliseconds to wait for the event of a pod that is not known yet. */
  readonly patience?: number;
  /** For tests. */
  readonly listWatch?: ListWatchOptions;
}

export interface PodWatchGauges {
  readonly knownPods: number;
  /** Whether the pods follow the API server, and since when, in milliseconds since the epoch. */
  readonly synced: boolean;
  readonly syncedSince: number | undefined;
  /** What went wrong last, which may be over. */
  readonly lastError: { readonly at: number; readonly message: string } | undefined;
}

const PATIENCE = 500;
/** Milliseconds for the one question that is asked when the watch does not know a pod. */
const QUESTION_DEADLINE = 5000;

/**
 * The pods of this node, kept up to date by a watch, so that an ADD asks nobody what its pod wants. While the API
 * server is away they are what they were last.
 */
export class PodWatch {
  readonly name = "watch of the node's pods";
  private pods = new Map<string, KnownPod>();
  private readonly awaited = new Awaited();
  private readonly listWatch: ListWatch<Pod, KnownPod>;
  private readonly ending = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isAway = false;
  private isMisnamed = false;

  constructor(
    private readonly client: KubernetesClient,
    private readonly options: PodWatchOptions,
  ) {
    const query = {
      path: "/api/v1/pods",
      kind: "Pod",
      fieldSelector: `spec.nodeName=${options.nodeName}`,
      pick: knownPod,
    };
    this.listWatch = new ListWatch(client.transport, query, this.sink(), options.listWatch);
  }

  /** Begins to watch, until `stop` or until the signal is aborted; resolves at once. */
  start(signal: AbortSignal): Promise<void> {
    this.running = this.listWatch.run(AbortSignal.any([signal, this.ending.signal]));
    return Promise.resolve();
  }

  /** Ends the watch. What is known stays readable. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * The annotations of a pod that begin with `skynet/`. A pod that the watch knows costs no call. For one that it does
   * not know yet, because the kubelet was told sooner, its event is waited for, and then the API server asked once.
   *
   * @returns undefined when the API server cannot be asked now (the reason is in {@link PodWatchGauges.lastError} or
   * the log), or the runtime did not say which pod it is
   */
  async annotationsOf(
    pod: PodIdentity,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | PodGone | undefined> {
    const { namespace, name } = pod;
    if (!namespace || !name) return undefined;
    const known = this.find(pod) ?? (await this.appearance(pod, signal));
    return known === undefined ? this.ask(namespace, name, pod.uid, signal) : known.annotations;
  }

  /** The pod as the watch knows it; one of another UID is not it. */
  find(pod: PodIdentity): KnownPod | undefined {
    const known = this.pods.get(keyOf(pod));
    return known !== undefined && isMeant(known, pod.uid) ? known : undefined;
  }

  /** All pods of the node, as far as the watch knows. Complete only once `gauges` has said `synced`. */
  all(): KnownPod[] {
    return [...this.pods.values()];
  }

  get gauges(): PodWatchGauges {
    const { syncedSince, lastError } = this.listWatch.health;
    return {
      knownPods: this.pods.size,
      synced: syncedSince !== undefined,
      syncedSince,
      lastError: lastError && { at: lastError.at, message: lastError.error.message },
    };
  }

  private sink(): ListWatchSink<KnownPod> {
    return {
      replaced: (pods) => {
        this.pods = new Map(pods.map((pod) => [keyOf(pod), pod]));
        this.awaited.tellAll();
      },
      set: (pod) => {
        this.pods.set(keyOf(pod), pod);
        this.awaited.tell(keyOf(pod));
      },
      removed: (pod) => {
        this.pods.delete(keyOf(pod));
      },
      synced: () => this.cameBack(),
      failed: (error, retryIn) => this.wentAway(error, retryIn),
    };
  }

  /** Waits a moment for the event of a pod; not while no event can come. */
  private async appearance(pod: PodIdentity, signal: AbortSignal): Promise<KnownPod | undefined> {
    const ends = performance.now() + (this.options.patience ?? PATIENCE);
    let known: KnownPod | undefined;
    while (known === undefined && !this.isAway && !signal.aborted && performance.now() < ends) {
      await this.awaited.news(keyOf(pod), ends - performance.now(), signal);
      known = this.find(pod);
    }
    return known;
  }

  private async ask(
    namespace: string,
    name: string,
    uid: string | undefined,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | PodGone | undefined> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(QUESTION_DEADLINE)]);
    try {
      const pod = await this.client.getPod(namespace, name, deadline);
      this.listWatch.hurry();
      if (pod === undefined) return new PodGone(undefined);
      this.checkNode(pod);
      const living = knownPod(pod);
      return isMeant(living, uid) ? living.annotations : new PodGone(living.uid);
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      this.options.log.debug("the API server cannot be asked for a pod", {
        pod: `${namespace}/${name}`,
        error,
      });
      return undefined;
    }
  }

  /** Under a wrong name of the node the watch finds nothing, and every ADD would wait in vain: said once. */
  private checkNode({ spec }: Pod): void {
    const { nodeName, log } = this.options;
    if (this.isMisnamed || spec?.nodeName === undefined || spec.nodeName === nodeName) return;
    this.isMisnamed = true;
    log.warn("a pod of this node is on another one in Kubernetes: correct kubernetes.node_name", {
      node_name: nodeName,
      node_of_the_pod: spec.nodeName,
    });
  }

  private cameBack(): void {
    this.isAway = false;
    this.options.log.info("watching the node's pods", {
      node: this.options.nodeName,
      pods: this.pods.size,
    });
  }

  /** Said once each time; what repeats itself is for the debugging log. */
  private wentAway(error: KubernetesError, retryIn: number): void {
    const level = this.isAway || error.kind === "gone" ? "debug" : "warn";
    this.isAway = error.kind !== "gone";
    this.options.log[level]("the node's pods cannot be watched for now", {
      node: this.options.nodeName,
      error,
      retry_in_ms: Math.round(retryIn),
    });
    this.awaited.tellAll();
  }
}

function keyOf({ namespace, name }: PodIdentity): string {
  return `${namespace}/${name}`;
}

import { CniCode, CniError } from "../cni/errors.ts";
import type { Config } from "../config/load.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import type { Logger } from "../log.ts";
import type { PodIdentity } from "../state/index.ts";
import type { AgentPart } from "./part.ts";
import {
  type AttachedPort,
  PodGone,
  PodReporter,
  type PodReporterGauges,
  PodWatch,
  type PodWatchGauges,
} from "./pods/index.ts";

/** Credentials may come after the agent: another DaemonSet, or a person, puts them there. */
const CONNECT_AGAIN_MS = 10_000;

export interface NodePodsGauges {
  /** Whether the configuration names an API server; undefined until that could be found out. */
  readonly configured: boolean | undefined;
  readonly watch?: PodWatchGauges;
  readonly reports?: PodReporterGauges;
}

export interface NodePodsOptions {
  /** The API server's client; undefined when none is configured. */
  connect(): Promise<KubernetesClient | undefined>;
  nodeName: string;
  log: Logger;
  connectAgainMs?: number;
}

/** The node's pods in Kubernetes, where there is one: what they want, and telling what became of them. */
export class NodePods implements AgentPart {
  readonly name = "pods in Kubernetes";
  private readonly ending = new AbortController();
  private watch: PodWatch | undefined;
  private reporter: PodReporter | undefined;
  private configured: boolean | undefined;
  private again: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: NodePodsOptions) {}

  async start(): Promise<void> {
    const { connect, log } = this.options;
    try {
      const client = await connect();
      this.configured = client !== undefined;
      if (client !== undefined) await this.begin(client);
    } catch (error) {
      log.warn("Kubernetes is left alone until it can be connected to", { error });
      this.again = setTimeout(() => this.start(), this.options.connectAgainMs ?? CONNECT_AGAIN_MS);
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.again);
    await Promise.all([this.reporter?.stop(), this.watch?.stop()]);
    this.ending.abort();
  }

  /** @throws {CniError} code 3 when the API server says for certain that there is no such pod */
  async annotationsOf(
    pod: PodIdentity,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const found = await this.watch?.annotationsOf(pod, signal);
    if (!(found instanceof PodGone)) return found;
    const { namespace, name, uid } = pod;
    const why =
      found.livingUid === undefined
        ? "does not exist in the API server any more; the runtime will remove its sandbox"
        : `has the UID ${found.livingUid} in the API server, and this sandbox belongs to UID ${uid}, a pod of the same name that is gone`;
    throw new CniError(CniCode.unknownContainer, `pod ${namespace}/${name} ${why}`);
  }

  /** Whether the node has a pod of this UID; undefined: it is not known. */
  lives(uid: string): boolean | undefined {
    if (this.watch?.gauges.synced !== true) return undefined;
    return this.watch.all().some((pod) => pod.uid === uid || pod.staticUid === uid);
  }

  attached(pod: PodIdentity, port: AttachedPort): void {
    this.reporter?.attached(pod, port);
  }

  failed(pod: PodIdentity, error: Pick<CniError, "code" | "message">): void {
    this.reporter?.failed(pod, error);
  }

  get gauges(): NodePodsGauges {
    const { configured, watch, reporter } = this;
    return {
      configured,
      ...(watch === undefined ? {} : { watch: watch.gauges }),
      ...(reporter === undefined ? {} : { reports: reporter.gauges }),
    };
  }

  private async begin(client: KubernetesClient): Promise<void> {
    const { nodeName, log } = this.options;
    this.watch = new PodWatch(client, { nodeName, log });
    this.reporter = new PodReporter(client, { nodeName, log, pods: this.watch });
    await this.watch.start(this.ending.signal);
    await this.reporter.start(this.ending.signal);
  }
}

/** The node's name in Kubernetes: as configured, as a DaemonSet hands it down, else as Neutron knows it. */
export function nodeNameOf(config: Config, env: Readonly<Record<string, string | undefined>>): string {
  return config.kubernetes?.node_name ?? (env.NODE_NAME || config.hostname);
}

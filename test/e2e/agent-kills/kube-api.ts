/** The cluster's API server, which can die and hang; what it knows outlives it, as etcd outlives a real one. */
import { makeCluster } from "../../../lab/apiserver/cluster.ts";
import { History } from "../../../lab/apiserver/history.ts";
import { type ApiServer, startApiServer } from "../../../lab/apiserver/server.ts";
import { controlAddress } from "../../../lab/layout.ts";

const NAMESPACE = "default";

/** A pod as the scheduler has placed it. */
export interface ScheduledPod {
  readonly name: string;
  readonly uid: string;
  /** The node's name. */
  readonly node: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export class KubeApi {
  readonly #cluster = makeCluster(new History());
  #server: ApiServer;

  /** Serves at once, in this process. Undo: {@link kill}. */
  constructor() {
    this.#server = startApiServer({ hostname: controlAddress, cluster: this.#cluster });
    this.url = this.#server.url;
  }

  /** The same after a restart. */
  readonly url: string;

  /** All its connections end. */
  async kill(): Promise<void> {
    await this.#server.stop();
  }

  start(): void {
    const port = Number(new URL(this.url).port);
    this.#server = startApiServer({ hostname: controlAddress, port, cluster: this.#cluster });
  }

  /** It takes requests and never answers; watches that are open go silent. */
  hang(): void {
    this.#server.watches.stall();
    this.#server.faults.add({});
  }

  /** Ends {@link hang}; what hung is cut off. */
  async recover(): Promise<void> {
    await this.kill();
    this.start();
  }

  /** Puts a pod in the place of whatever pod has its name. */
  schedule({ name, uid, node, annotations }: ScheduledPod): void {
    this.remove(name);
    this.#cluster.pods.create(NAMESPACE, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, uid, annotations: { ...annotations } },
      spec: { nodeName: node, containers: [] },
      status: { phase: "Pending" },
    });
  }

  /** Nothing happens when there is none of that name. */
  remove(name: string): void {
    const { items } = this.#cluster.pods.list(NAMESPACE);
    if (items.some(({ metadata }) => metadata.name === name)) this.#cluster.pods.delete(NAMESPACE, name);
  }
}

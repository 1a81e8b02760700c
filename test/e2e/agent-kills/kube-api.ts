/** The cluster's API server, which can die and hang; what it knows outlives it, as etcd outlives a real one. */
import { makeCluster } from "../../../lab/apiserver/cluster.ts";
import { History } from "../../../lab/apiserver/history.ts";
import { type ApiServer, startApiServer } from "../../../lab/apiserver/server.ts";
import { controlAddress } from "../../../lab/layout.ts";
import { waitFor } from "../../../lab/wait.ts";

const NAMESPACE = "default";
/** The usual one. None that the kernel gives to connections: it would be taken now and then when the server comes back. */
const PORT = 6443;

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
    this.#server = this.#serve();
  }

  /** The same after a restart. */
  get url(): string {
    return this.#server.url;
  }

  /** All its connections end. */
  async kill(): Promise<void> {
    await this.#server.stop();
  }

  /** Waits for its port: a process spawned a moment ago may have held the listener that {@link kill} closed until its exec. */
  async start(): Promise<void> {
    this.#server = await waitFor("API server", () => this.#serve(), { timeout: 5_000, interval: 10 });
  }

  #serve(): ApiServer {
    return startApiServer({ hostname: controlAddress, port: PORT, cluster: this.#cluster });
  }

  /** It takes requests and never answers; watches that are open go silent. */
  hang(): void {
    this.#server.watches.stall();
    this.#server.faults.add({});
  }

  /** Ends {@link hang}; what hung is cut off. */
  async recover(): Promise<void> {
    await this.kill();
    await this.start();
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

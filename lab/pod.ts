/** A pod as a runtime makes it: an id, a name, and a network namespace for plugins to fill. */
import { randomBytes, randomUUID } from "node:crypto";
import { attempt, type CommandOptions, type CommandOutput, run } from "./command.ts";
import { checkout, inNamespace, type LabLayout, netnsPath } from "./layout.ts";
import { addNamespace, type Link, links, removeNamespace } from "./namespaces.ts";
import type { ConnectOutcome, Protocol } from "./net-tools.ts";

export interface PodOptions {
  /** Kubernetes namespace; default `default`. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly containerId?: string;
  readonly annotations?: Record<string, string>;
}

export class Pod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Of the sandbox. */
  readonly containerId: string;
  readonly annotations: Record<string, string>;
  /** The network namespace's name. */
  readonly netns: string;
  readonly #environment: Record<string, string>;

  private constructor(layout: LabLayout, name: string, options: PodOptions) {
    this.name = name;
    this.namespace = options.namespace ?? "default";
    this.uid = options.uid ?? randomUUID();
    this.containerId = options.containerId ?? randomBytes(32).toString("hex");
    this.annotations = options.annotations ?? {};
    this.netns = layout.pod(name);
    this.#environment = layout.environment;
  }

  static async create(layout: LabLayout, name: string, options: PodOptions = {}): Promise<Pod> {
    const pod = new Pod(layout, name, options);
    await addNamespace(pod.netns);
    return pod;
  }

  get netnsPath(): string {
    return netnsPath(this.netns);
  }

  /** Removes the namespace with everything in it, as a runtime does after DEL. */
  async remove(): Promise<void> {
    await removeNamespace(this.netns);
  }

  /** Runs a command in the pod's network namespace and answers its output. */
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return run(inNamespace(this.netns, argv), options);
  }

  /** As {@link run}, however the command ends. */
  async attempt(argv: readonly string[], options: CommandOptions = {}): Promise<CommandOutput> {
    return attempt(inNamespace(this.netns, argv), options);
  }

  async links(): Promise<Link[]> {
    return links(this.netns);
  }

  /**
   * Pings an address and answers how many replies came.
   *
   * @param from source address or interface
   */
  async ping(
    address: string,
    options: { count?: number; timeout?: number; from?: string } = {},
  ): Promise<number> {
    const count = options.count ?? 2;
    const source = options.from === undefined ? [] : ["-I", options.from];
    const argv = [
      "ping",
      "-n",
      "-c",
      `${count}`,
      "-i",
      "0.2",
      "-W",
      `${options.timeout ?? 1}`,
      ...source,
      address,
    ];
    const { stdout } = await this.attempt(argv);
    return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
  }

  /** Serves on a port of the pod, answering every client with `answer` (default: the pod's name), until stopped. */
  async listen(
    port: number,
    options: { protocol?: Protocol; answer?: string } = {},
  ): Promise<AsyncDisposable> {
    const argv = netTools("listen", options.protocol ?? "tcp", `${port}`, options.answer ?? this.name);
    const child = Bun.spawn(inNamespace(this.netns, argv), {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...Bun.env, ...this.#environment },
    });
    const first = await child.stdout.getReader().read();
    if (first.done) throw new Error(`pod ${this.name} cannot listen on ${port}`);
    return {
      async [Symbol.asyncDispose]() {
        child.kill("SIGKILL");
        await child.exited;
      },
    };
  }

  /** Tries to reach a server. @param timeout milliseconds, default 2,000 */
  async connect(
    address: string,
    port: number,
    options: { protocol?: Protocol; timeout?: number } = {},
  ): Promise<ConnectOutcome> {
    const { protocol = "tcp", timeout = 2_000 } = options;
    return JSON.parse(await this.run(netTools("connect", protocol, address, `${port}`, `${timeout}`)));
  }
}

function netTools(...args: string[]): string[] {
  return [process.execPath, `${checkout}/lab/net-tools.ts`, ...args];
}

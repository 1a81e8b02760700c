/** A node of a lab: a network namespace with a hostname, a folder, and a container runtime's view of CNI. */
import { mkdirSync } from "node:fs";
import { type CommandOptions, run } from "./command.ts";
import { inNamespace, type LabLayout } from "./layout.ts";
import { type Link, links } from "./namespaces.ts";
import { hasOpenVswitch, type NodeKind } from "./node-kinds.ts";
import { OpenVswitch } from "./openvswitch/daemons.ts";
import type { NetworkConfig } from "./plugin-input.ts";
import { Pod, type PodOptions } from "./pod.ts";
import { Runtime, type RuntimeOptions } from "./runtime.ts";

export class Node {
  /** What switches its pods' frames. */
  readonly kind: NodeKind;
  readonly hostname: string;
  readonly namespace: string;
  /** On the underlay. */
  readonly address: string;
  /** The node's own files: configuration, runtime cache, the plugin's state and log. */
  readonly dir: string;
  readonly #layout: LabLayout;
  readonly #index: number;

  constructor(layout: LabLayout, index: number, kind: NodeKind) {
    this.#layout = layout;
    this.#index = index;
    this.kind = kind;
    this.hostname = layout.hostname(index);
    this.namespace = layout.node(index);
    this.address = layout.address(index);
    this.dir = layout.path(this.hostname);
  }

  /** A path in the node's folder. */
  path(...parts: string[]): string {
    return [this.dir, ...parts].join("/");
  }

  /** Runs a command in the node's network namespace and answers its output. */
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
    return run(inNamespace(this.namespace, argv), options);
  }

  /** The node's switch. @throws RangeError when nodes of its kind have none */
  get openvswitch(): OpenVswitch {
    if (!hasOpenVswitch(this.kind)) {
      throw new RangeError(`${this.hostname} is of kind ${this.kind}: it has no Open vSwitch`);
    }
    return new OpenVswitch(this.#layout, this.#index);
  }

  async links(): Promise<Link[]> {
    return links(this.namespace);
  }

  /** Makes a pod's namespace, without any interface but its loopback. Undo: `pod.remove()`. */
  async addPod(name: string, options: PodOptions = {}): Promise<Pod> {
    return Pod.create(this.#layout, name, options);
  }

  /** Writes the network's configuration into the node and answers a runtime that uses it. */
  runtime(config: NetworkConfig, options: RuntimeOptions = {}): Runtime {
    mkdirSync(this.dir, { recursive: true });
    return new Runtime(this, config, options);
  }
}

/** A pod as kubelet would run it: one sandbox with one busybox container. */

import { busyboxImage } from "./image.ts";
import type { ExecResult, PodSandboxConfig } from "./messages.ts";
import type { ContainerdNode } from "./node.ts";

export interface PodOptions {
  readonly name: string;
  /** Default `default`. */
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Command line of the container; default: the image's, which sleeps. */
  readonly command?: readonly string[];
}

/** What kubelet tells the runtime about a pod; each call is a new pod with its own UID. */
export function sandboxConfig(node: ContainerdNode, options: PodOptions): PodSandboxConfig {
  return {
    metadata: { name: options.name, namespace: options.namespace ?? "default", uid: crypto.randomUUID() },
    hostname: options.name,
    annotations: options.annotations ?? {},
    linux: { cgroupParent: node.cgroupParent },
  };
}

export class Pod {
  readonly node: ContainerdNode;
  readonly config: PodSandboxConfig;
  /** Id of the sandbox: CNI's container id. */
  readonly id: string;
  readonly containerId: string;

  private constructor(node: ContainerdNode, config: PodSandboxConfig, id: string, containerId: string) {
    this.node = node;
    this.config = config;
    this.id = id;
    this.containerId = containerId;
  }

  /** Runs a pod and waits until its container runs. Undo: {@link Pod.remove}. */
  static async run(node: ContainerdNode, options: PodOptions): Promise<Pod> {
    const config = sandboxConfig(node, options);
    const id = await node.cri.runPodSandbox(config);
    try {
      const container = {
        metadata: { name: "main" },
        image: { image: busyboxImage },
        command: options.command ?? [],
      };
      const containerId = await node.cri.createContainer(id, container, config);
      await node.cri.startContainer(containerId);
      return new Pod(node, config, id, containerId);
    } catch (error) {
      await node.cri.stopPodSandbox(id).then(() => node.cri.removePodSandbox(id));
      throw error;
    }
  }

  /** Runs a command in the container and answers however it ended. @param timeout seconds until it is ended */
  exec(command: readonly string[], timeout?: number): Promise<ExecResult> {
    return this.node.cri.execSync(this.containerId, command, timeout);
  }

  /** Address that the runtime reports for the sandbox. */
  async address(): Promise<string> {
    return (await this.node.cri.podSandboxStatus(this.id)).network?.ip ?? "";
  }

  /** Stops and removes the sandbox, and the container with it. */
  async remove(): Promise<void> {
    await this.node.cri.stopPodSandbox(this.id);
    await this.node.cri.removePodSandbox(this.id);
  }
}

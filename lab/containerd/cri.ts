/** A client of the Container Runtime Interface (runtime.v1) over a runtime's unix socket: what kubelet says to containerd. */
import { join } from "node:path";
import {
  Client,
  credentials,
  Metadata,
  type ServiceDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type {
  Container,
  ContainerConfig,
  ContainerStatus,
  ExecResult,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  RuntimeCondition,
} from "./messages.ts";

/** What the lab reads of `cniconfig` in containerd's verbose status. */
interface LoadedNetworks {
  readonly Networks?: readonly { readonly Config: { readonly Name: string } }[] | null;
}

/** A call that the runtime refused or did not answer in time. */
export class CriError extends Error {
  override readonly name = "CriError";
  /** The call: `RunPodSandbox`. */
  readonly method: string;
  /** gRPC's name of the status: `UNKNOWN`, `NOT_FOUND`, `DEADLINE_EXCEEDED`, … */
  readonly code: string;
  /** The runtime's own words. */
  readonly details: string;

  constructor(method: string, error: ServiceError) {
    const code = status[error.code] ?? String(error.code);
    super(`CRI ${method}: ${code}: ${error.details}`);
    this.method = method;
    this.code = code;
    this.details = error.details;
  }
}

/** Milliseconds a call may take. Sandboxes get what kubelet gives them, as the CNI plugin runs within. */
const deadlines = { default: 30_000, runPodSandbox: 240_000, stopPodSandbox: 120_000 };

/** The calls of `cri.proto`, as gRPC describes a service. */
export const criService = loadSync(join(import.meta.dir, "cri.proto"), {
  defaults: true,
  enums: String,
  longs: Number,
})["runtime.v1.RuntimeService"] as ServiceDefinition;

/** One connection, made at the first call. Every call has a deadline and fails with {@link CriError}. Undo: {@link CriClient.close}. */
export class CriClient {
  readonly #client: Client;

  /** @param socket path of the runtime's unix socket */
  constructor(socket: string) {
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure());
  }

  close(): void {
    this.#client.close();
  }

  version(): Promise<{ readonly runtimeName: string; readonly runtimeVersion: string }> {
    return this.#call("Version", {});
  }

  /** What the runtime thinks of itself: `RuntimeReady`, and `NetworkReady` once a CNI configuration is loaded. */
  async conditions(): Promise<readonly RuntimeCondition[]> {
    const answer = await this.#call<{ status: { conditions: RuntimeCondition[] } }>("Status", {});
    return answer.status.conditions;
  }

  /** Names of the CNI networks that containerd has loaded, its own `cni-loopback` included. */
  async networks(): Promise<string[]> {
    const { info } = await this.#call<{ info: Record<string, string> }>("Status", { verbose: true });
    const loaded: LoadedNetworks = JSON.parse(info.cniconfig ?? "{}");
    return (loaded.Networks ?? []).map((network) => network.Config.Name);
  }

  /** Makes a sandbox and has CNI attach it. @returns its id, which is CNI's container id */
  async runPodSandbox(config: PodSandboxConfig, deadline = deadlines.runPodSandbox): Promise<string> {
    return (await this.#call<{ podSandboxId: string }>("RunPodSandbox", { config }, deadline)).podSandboxId;
  }

  async stopPodSandbox(podSandboxId: string, deadline = deadlines.stopPodSandbox): Promise<void> {
    await this.#call("StopPodSandbox", { podSandboxId }, deadline);
  }

  async removePodSandbox(podSandboxId: string): Promise<void> {
    await this.#call("RemovePodSandbox", { podSandboxId }, deadlines.stopPodSandbox);
  }

  async podSandboxStatus(podSandboxId: string): Promise<PodSandboxStatus> {
    return (await this.#call<{ status: PodSandboxStatus }>("PodSandboxStatus", { podSandboxId })).status;
  }

  async listPodSandboxes(): Promise<readonly PodSandbox[]> {
    return (await this.#call<{ items: PodSandbox[] }>("ListPodSandbox", {})).items;
  }

  /** @returns the container's id */
  async createContainer(
    podSandboxId: string,
    config: ContainerConfig,
    sandboxConfig: PodSandboxConfig,
  ): Promise<string> {
    const request = { podSandboxId, config, sandboxConfig };
    return (await this.#call<{ containerId: string }>("CreateContainer", request)).containerId;
  }

  async startContainer(containerId: string): Promise<void> {
    await this.#call("StartContainer", { containerId });
  }

  /** @param grace seconds until the container is killed; 0: at once */
  async stopContainer(containerId: string, grace = 0): Promise<void> {
    await this.#call("StopContainer", { containerId, timeout: grace }, deadlines.default + grace * 1000);
  }

  async removeContainer(containerId: string): Promise<void> {
    await this.#call("RemoveContainer", { containerId });
  }

  async containerStatus(containerId: string): Promise<ContainerStatus> {
    return (await this.#call<{ status: ContainerStatus }>("ContainerStatus", { containerId })).status;
  }

  async listContainers(): Promise<readonly Container[]> {
    return (await this.#call<{ containers: Container[] }>("ListContainers", {})).containers;
  }

  /** Runs a command in a container and answers however it ended. @param timeout seconds until the runtime ends it */
  async execSync(containerId: string, cmd: readonly string[], timeout = 20): Promise<ExecResult> {
    const answer = await this.#call<{ stdout: Buffer; stderr: Buffer; exitCode: number }>(
      "ExecSync",
      { containerId, cmd, timeout },
      deadlines.default + timeout * 1000,
    );
    return { stdout: answer.stdout.toString(), stderr: answer.stderr.toString(), exitCode: answer.exitCode };
  }

  #call<Response>(method: string, request: object, timeout = deadlines.default): Promise<Response> {
    const definition = criService[method];
    if (definition === undefined) throw new TypeError(`cri.proto has no ${method}`);
    const { path, requestSerialize, responseDeserialize } = definition;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + timeout },
        (error, response) => (error ? reject(new CriError(method, error)) : resolve(response as Response)),
      );
    });
  }
}

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

export interface PodSandboxMetadata {
  readonly name: string;
  readonly uid: string;
  readonly namespace: string;
  readonly attempt?: number;
}

export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  readonly hostname?: string;
  readonly logDirectory?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The pod's annotations, as kubelet hands them down. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly linux?: { readonly cgroupParent?: string };
}

export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: "SANDBOX_READY" | "SANDBOX_NOTREADY";
}

export interface PodSandboxStatus extends PodSandbox {
  /** Absent values are empty: a stopped sandbox has no address. */
  readonly network: {
    readonly ip: string;
    readonly additionalIps: readonly { readonly ip: string }[];
  } | null;
}

export interface ContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt?: number };
  readonly image: { readonly image: string };
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly linux?: { readonly securityContext?: { readonly capabilities?: Capabilities } };
}

/** Names without `CAP_`; `ALL` means every one. */
export interface Capabilities {
  readonly addCapabilities?: readonly string[];
  readonly dropCapabilities?: readonly string[];
}

type ContainerState = "CONTAINER_CREATED" | "CONTAINER_RUNNING" | "CONTAINER_EXITED" | "CONTAINER_UNKNOWN";

export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly state: ContainerState;
}

export interface ContainerStatus extends Omit<Container, "podSandboxId"> {
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
}

export interface RuntimeCondition {
  readonly type: string;
  readonly status: boolean;
  readonly reason: string;
  readonly message: string;
}

/** What the lab reads of `cniconfig` in containerd's verbose status. */
interface LoadedNetworks {
  readonly Networks?: readonly { readonly Config: { readonly Name: string } }[] | null;
}

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
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
    super(`CRI ${method}: ${code}: ${error.details}`, { cause: error });
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

  /** The runtime's own record of a sandbox, with its network namespace and CNI result. */
  async podSandboxInfo(podSandboxId: string): Promise<Record<string, unknown>> {
    const request = { podSandboxId, verbose: true };
    const answer = await this.#call<{ info: Record<string, string> }>("PodSandboxStatus", request);
    return JSON.parse(answer.info.info ?? "{}");
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

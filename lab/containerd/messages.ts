/** What the lab says to a container runtime and hears from it: the messages of `cri.proto` as the client sees them. */

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

export type ContainerState =
  | "CONTAINER_CREATED"
  | "CONTAINER_RUNNING"
  | "CONTAINER_EXITED"
  | "CONTAINER_UNKNOWN";

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

export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

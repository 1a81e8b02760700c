/** The configuration of a lab node's containerd: version 2 of containerd's file, as 1.6 and 1.7 read it. */
import { pauseImage } from "./image.ts";

export interface ContainerdPaths {
  /** Persistent data: content, snapshots, metadata. */
  readonly root: string;
  /** Run-time data: mounted root file systems, network namespaces. */
  readonly state: string;
  readonly opt: string;
  readonly socket: string;
  readonly cniBin: string;
  readonly cniConf: string;
}

/**
 * Network namespaces of pods are kept below the state folder, not in the machine's `/run/netns`; AppArmor and the OOM
 * score are left alone, so that root without CAP_SYS_RESOURCE is enough.
 */
export function containerdConfiguration(paths: ContainerdPaths): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(paths.root)}
state = ${text(paths.state)}

[grpc]
  address = ${text(paths.socket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(paths.opt)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(pauseImage)}
  netns_mounts_under_state_dir = true
  disable_apparmor = true
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(paths.cniBin)}
    conf_dir = ${text(paths.cniConf)}

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
`;
}

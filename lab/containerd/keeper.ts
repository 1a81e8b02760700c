/**
 * The machine that a node's containerd believes to run on: its own processes, mounts and host name, in a network
 * namespace that exists already. One process keeps these namespaces; when it is killed, the kernel ends everything in
 * them (runtime, shims, containers) and drops their mounts, however they came to be.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inNamespace } from "../layout.ts";
import { startServer, stopServer } from "../process.ts";

export interface KeeperOptions {
  /** The node's network namespace, by name. */
  readonly namespace: string;
  /** Host name in the machine. */
  readonly hostname: string;
  /** An existing folder for the keeper's own files and for {@link privateFolders}. */
  readonly dir: string;
  /** Environment of everything in the machine, added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Folders of the machine that have a fixed path in container tools: shims' sockets and runc's state, CNI's results.
 * Each shows a folder of the node instead, so nodes do not meet there and nothing is left behind.
 */
const privateFolders = { "/run/containerd": "run", "/var/lib/cni": "cni-results" } as const;

/**
 * Mounts, names, and stays. `/sys` is mounted anew, for it shows the devices of the network namespace it was mounted
 * in; the control groups below it are brought along. A process that ignores SIGCHLD has its orphans (ended shims)
 * reaped by the kernel.
 */
const script = `
ready=$1 hostname=$2 cgroups=$3
shift 3
mkdir -p "$cgroups"
mount --rbind /sys/fs/cgroup "$cgroups"
mount -t sysfs sysfs /sys
mount --rbind "$cgroups" /sys/fs/cgroup
umount --recursive "$cgroups"
while [ $# -gt 0 ]; do mkdir -p "$1"; mount --bind "$2" "$1"; shift 2; done
mount --make-rshared /
hostname "$hostname"
: >"$ready"
exec env --ignore-signal=CHLD sleep infinity
`;

export class Keeper {
  readonly #pidFile: string;
  readonly #options: KeeperOptions;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#pidFile = join(options.dir, "keeper.pid");
  }

  /** Makes the machine. Undo: {@link Keeper.stop}. */
  async start(): Promise<void> {
    const { dir, hostname, namespace, environment } = this.#options;
    const ready = join(dir, "keeper.ready");
    rmSync(ready, { force: true });
    const binds = Object.entries(privateFolders).map(([path, folder]) => [path, join(dir, folder)] as const);
    for (const [, folder] of binds) await mkdir(folder, { recursive: true });
    const parameters = [ready, hostname, join(dir, "cgroups"), ...binds.flat()];
    const unshare = ["unshare", "--mount", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child", "--"];
    await startServer({
      name: `${hostname}'s namespaces`,
      argv: inNamespace(namespace, [...unshare, "sh", "-euc", script, "keeper", ...parameters]),
      pidFile: this.#pidFile,
      logFile: join(dir, "keeper.log"),
      env: { ...environment },
      ready: () => existsSync(ready),
      timeout: 10_000,
    });
  }

  /** Ends everything in the machine, at once. Nothing happens when there is none. */
  async stop(): Promise<void> {
    await stopServer(this.#pidFile, 0);
  }

  /** Command line that runs `argv` in the machine. */
  inside(argv: readonly string[]): string[] {
    // The first process here only waits for the keeper: it made the mounts' namespace its own, but not that of the pids.
    const [pid] = readFileSync(this.#pidFile, "utf8").split(" ");
    const enter = ["nsenter", `--mount=/proc/${pid}/ns/mnt`, `--uts=/proc/${pid}/ns/uts`];
    return inNamespace(this.#options.namespace, [
      ...enter,
      `--pid=/proc/${pid}/ns/pid_for_children`,
      "--",
      ...argv,
    ]);
  }
}

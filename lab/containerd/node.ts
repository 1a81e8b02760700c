/** One node of a lab with a real containerd on it, driven over CRI. */
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../command.ts";
import { missingPackages } from "../packages.ts";
import { serverRuns, startServer, stopServer } from "../process.ts";
import { waitFor } from "../wait.ts";
import { removeControlGroups } from "./cgroups.ts";
import { type ContainerdPaths, containerdConfiguration } from "./configuration.ts";
import { CriClient } from "./cri.ts";
import { writeImageArchive } from "./image.ts";
import { Keeper } from "./keeper.ts";

export interface ContainerdNodeOptions {
  /** The node's network namespace, by name; it stays as it is. */
  readonly namespace: string;
  /** Host name that processes on the node see. */
  readonly hostname: string;
  /** A folder of the node's own, made and removed here. Keep it below 80 bytes: unix sockets are in it. */
  readonly dir: string;
  /** Environment of everything on the node, added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A CNI network configuration list: what a `.conflist` file holds. */
export interface NetworkList {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly object[];
}

/** Where Debian's package `containernetworking-plugins` puts them. */
export const debianPlugins = "/usr/lib/cni";

/** The namespace of containerd that its CRI works in. */
const criNamespace = "k8s.io";

export class ContainerdNode {
  readonly hostname: string;
  readonly namespace: string;
  readonly paths: ContainerdPaths;
  /** Control group that the node's pods belong in: see {@link PodSandboxConfig.linux}. */
  readonly cgroupParent: string;
  readonly #dir: string;
  readonly #keeper: Keeper;
  #cri: CriClient | undefined;

  constructor(options: ContainerdNodeOptions) {
    const path = (...parts: string[]) => join(options.dir, ...parts);
    this.hostname = options.hostname;
    this.namespace = options.namespace;
    this.cgroupParent = `/${options.namespace}`;
    this.#dir = options.dir;
    this.#keeper = new Keeper(options);
    this.paths = {
      root: path("root"),
      state: path("state"),
      opt: path("opt"),
      socket: path("containerd.sock"),
      cniBin: path("cni/bin"),
      cniConf: path("cni/net.d"),
    };
  }

  /** The runtime's interface; a new connection after each start. */
  get cri(): CriClient {
    this.#cri ??= new CriClient(this.paths.socket);
    return this.#cri;
  }

  get logFile(): string {
    return join(this.#dir, "containerd.log");
  }

  /** Starts containerd from nothing, with the lab's images and CNI's `loopback`. Undo: {@link ContainerdNode.stop}. */
  async start(): Promise<void> {
    requirePackages();
    await this.stop();
    for (const folder of [this.paths.cniBin, this.paths.cniConf]) mkdirSync(folder, { recursive: true });
    await Bun.write(this.#configuration, containerdConfiguration(this.paths));
    await this.installPlugin(join(debianPlugins, "loopback"));
    await this.#keeper.start();
    await this.startContainerd();
    await this.#importImages();
  }

  /** Starts containerd on the node, unless it runs; sandboxes of the one before are taken over. */
  async startContainerd(): Promise<void> {
    this.#disconnect();
    // The shell tells containerd's number inside, and becomes containerd.
    const script = 'echo $$ >"$1"; exec containerd --config "$2"';
    await startServer({
      name: `${this.hostname}'s containerd`,
      argv: this.#keeper.inside(["sh", "-euc", script, "containerd", this.#innerPid, this.#configuration]),
      pidFile: this.#pidFile,
      logFile: this.logFile,
      ready: async () =>
        (await this.cri.conditions()).some(({ type, status }) => type === "RuntimeReady" && status),
      timeout: 30_000,
    });
  }

  /** Kills containerd alone, as a crash would: shims and containers run on. */
  async crashContainerd(): Promise<void> {
    this.#disconnect();
    await this.run(["kill", "-KILL", readFileSync(this.#innerPid, "utf8").trim()]);
    await waitFor("containerd's end", () => !serverRuns(this.#pidFile), { timeout: 10_000 });
  }

  /** Ends containerd and everything it started, without telling any CNI plugin, and removes the node's folder. */
  async stop(): Promise<void> {
    this.#disconnect();
    await stopServer(this.#pidFile, 0);
    await this.#keeper.stop();
    await removeControlGroups(this.cgroupParent);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Stops and removes every sandbox, as a drained node would; CNI plugins get their DELs. */
  async removeSandboxes(): Promise<void> {
    for (const { id } of await this.cri.listPodSandboxes()) {
      await this.cri.stopPodSandbox(id);
      await this.cri.removePodSandbox(id);
    }
  }

  /** Puts an executable among the CNI plugins, in one step. */
  async installPlugin(source: string, name = basename(source)): Promise<void> {
    const target = join(this.paths.cniBin, name);
    await copyFile(source, `${target}.new`);
    await chmod(`${target}.new`, 0o755);
    renameSync(`${target}.new`, target);
  }

  /** Where the node's CNI network is configured. */
  get networkFile(): string {
    return join(this.paths.cniConf, "10-network.conflist");
  }

  /** Makes `list` the node's only CNI network, in one step, and waits until containerd has loaded it. */
  async setNetwork(list: NetworkList): Promise<void> {
    const target = this.networkFile;
    // containerd watches the folder: a file that comes from another one by rename is not noticed.
    await Bun.write(`${target}.new`, JSON.stringify(list, undefined, 2));
    renameSync(`${target}.new`, target);
    const loaded = async () => (await this.cri.networks()).includes(list.name);
    await waitFor(`${this.hostname}'s network ${list.name}`, loaded, { timeout: 10_000 });
  }

  /** Runs a command on the node, in all its namespaces, and answers its output. */
  run(argv: readonly string[]): Promise<string> {
    return run(this.inside(argv));
  }

  /** Command line that runs `argv` on the node, in all its namespaces. Its process waits for the command's. */
  inside(argv: readonly string[]): string[] {
    return this.#keeper.inside(argv);
  }

  get #configuration(): string {
    return join(this.#dir, "config.toml");
  }

  get #pidFile(): string {
    return join(this.#dir, "containerd.pid");
  }

  get #innerPid(): string {
    return join(this.#dir, "containerd.inner-pid");
  }

  async #importImages(): Promise<void> {
    const archive = join(this.#dir, "images.tar");
    await writeImageArchive(archive);
    await run([
      "ctr",
      "--address",
      this.paths.socket,
      "--namespace",
      criNamespace,
      "image",
      "import",
      archive,
    ]);
  }

  #disconnect(): void {
    this.#cri?.close();
    this.#cri = undefined;
  }
}

/** A namespace has no way out to Debian's archive: the packages must be there already. */
function requirePackages(): void {
  const missing = missingPackages(["containerd"]);
  if (missing.length === 0) return;
  throw new Error(`missing packages (${missing.join(" ")}): run "bun lab/main.ts packages containerd"`);
}

/** A node's agent as systemd or a DaemonSet would run it: in the node's network namespace, with files of the lab. */
import { join } from "node:path";
import { checkout, inNamespace } from "./layout.ts";
import type { Node } from "./node.ts";
import { logTail, serverPid, serverRuns, signalServer, startServer, stopServer } from "./process.ts";

export interface AgentOptions {
  /** What `--config FILE` is put behind; default the checkout's `dist/skynet agent`. */
  readonly program?: readonly string[];
  /** Further environment. */
  readonly env?: Record<string, string>;
  /** Milliseconds it may take until it is ready; default 15,000. */
  readonly timeout?: number;
}

/**
 * The agent of one node. The network's configuration says where it listens (`agent.socket`), so that file and
 * {@link AgentProcess.socketPath} have to agree: see {@link agentSocket}.
 */
export class AgentProcess {
  readonly socketPath: string;
  readonly #node: Node;
  readonly #config: string;
  readonly #name: string;
  readonly #enter: (argv: readonly string[]) => string[];

  /**
   * @param config the network configuration it reads; a runtime writes one to `node.path("net.d", "10-<network>.conf")`
   * @param name of its pid and log files, where a node has several agents one after another
   * @param enter makes a command line that runs another on the node; default: in the node's network namespace alone
   */
  constructor(node: Node, config: string, name = "agent", enter?: (argv: readonly string[]) => string[]) {
    this.#enter = enter ?? ((argv) => inNamespace(node.namespace, argv));
    this.#node = node;
    this.#config = config;
    this.#name = name;
    this.socketPath = agentSocket(node);
  }

  /** Starts it, unless it runs, and waits until it is ready. Undo: {@link stop} or {@link kill}. */
  async start(options: AgentOptions = {}): Promise<void> {
    await startServer({
      ...this.#spec(options),
      ready: async () => (await this.readiness()) === "ready",
      timeout: options.timeout ?? 15_000,
    });
  }

  /** Starts it, unless it runs, and waits until its log has `words`: it may not be ready for long. */
  async begin(words: string, options: AgentOptions = {}): Promise<void> {
    await startServer({ ...this.#spec(options), ready: () => this.log().includes(words), timeout: 15_000 });
  }

  /** Asks it to end, and waits until it has; after `grace` milliseconds (default 40,000) it is killed. */
  async stop(grace = 40_000): Promise<void> {
    await stopServer(this.#pidFile, grace);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await stopServer(this.#pidFile, 0);
  }

  /** SIGSTOP freezes it, SIGCONT has it go on. */
  signal(name: NodeJS.Signals): void {
    signalServer(this.#pidFile, name);
  }

  /** Its process; undefined when it does not run. */
  get pid(): number | undefined {
    return serverPid(this.#pidFile);
  }

  get runs(): boolean {
    return serverRuns(this.#pidFile);
  }

  /** What `/readyz` says: `ready`, `absent` when nobody listens, else the reason. */
  async readiness(): Promise<string> {
    try {
      const { status, body } = await this.get("/readyz");
      return status === 200 ? "ready" : body.trim();
    } catch {
      return "absent";
    }
  }

  /** A page of the agent's. @throws when nobody listens */
  async get(path: string): Promise<{ status: number; body: string }> {
    const response = await fetch(`http://skynet${path}`, {
      unix: this.socketPath,
      signal: AbortSignal.timeout(5_000),
    });
    return { status: response.status, body: await response.text() };
  }

  /** The last lines of what it has logged. */
  log(lines = 1_000): string {
    return logTail(this.#logFile, lines);
  }

  #spec({ program = [join(checkout, "dist", "skynet"), "agent"], env = {} }: AgentOptions) {
    return {
      name: `${this.#name} of ${this.#node.hostname}`,
      argv: this.#enter([...program, "--config", this.#config]),
      pidFile: this.#pidFile,
      logFile: this.#logFile,
      env,
    };
  }

  get #pidFile(): string {
    return this.#node.path(`${this.#name}.pid`);
  }

  get #logFile(): string {
    return this.#node.path(`${this.#name}.log`);
  }
}

/** Where a node's agent listens: a path of its own, for the nodes of a lab share the machine's files. */
export function agentSocket(node: Node): string {
  return node.path("run", "agent.sock");
}

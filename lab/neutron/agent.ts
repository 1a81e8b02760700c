/** What Neutron's agents have in common: one on a node, started until Neutron has heard from it, ended in two ways. */
import { apiUrl, inNamespace, type LabLayout } from "../layout.ts";
import { serverRuns, startServer, stopServer } from "../process.ts";
import { type Ini, mergeIni, writeIni } from "./ini.ts";
import { startTimeout } from "./patience.ts";
import { transportUrl } from "./rabbitmq.ts";

/** One kind of agent on one node. */
export interface AgentSpec {
  readonly binary: string;
  /** Begins the names of its files. */
  readonly name: string;
  /** Laid over what all agents are told. Asked for at each start. */
  readonly config: () => Ini | Promise<Ini>;
  /** Command line that the agent's own is appended to; default none. */
  readonly wrapper?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface AgentRow {
  readonly host: string;
  readonly alive: boolean;
  /** UTC, without a zone: `2026-01-31 12:00:00`. */
  readonly started_at: string;
}

export class NeutronAgent {
  /** The node's hostname. */
  readonly host: string;
  readonly #layout: LabLayout;
  readonly #index: number;
  readonly #spec: AgentSpec;

  constructor(layout: LabLayout, index: number, spec: AgentSpec) {
    this.host = layout.hostname(index);
    this.#layout = layout;
    this.#index = index;
    this.#spec = spec;
  }

  get running(): boolean {
    return serverRuns(this.#pidFile);
  }

  /** Starts it and waits until Neutron has heard from it. */
  async start(): Promise<void> {
    const { binary, wrapper = [], env = {} } = this.#spec;
    const config = await this.#writeConfig();
    const since = this.running ? 0 : Math.floor(Date.now() / 1000) * 1000;
    const agent = ["/usr/bin/python3", `/usr/bin/${binary}`, "--config-file", config];
    await startServer({
      name: `${binary} of ${this.host}`,
      argv: inNamespace(this.#layout.node(this.#index), [...wrapper, ...agent]),
      pidFile: this.#pidFile,
      logFile: this.#layout.path("log", `${this.#file}.log`),
      env: { ...this.#layout.environment, ...env },
      ready: () => reported(binary, this.host, since),
      timeout: startTimeout,
    });
  }

  async stop(): Promise<void> {
    await stopServer(this.#pidFile);
  }

  /** Ends it as a power cut does; what it has programmed stays. */
  async kill(): Promise<void> {
    await stopServer(this.#pidFile, 0);
  }

  async #writeConfig(): Promise<string> {
    const config = mergeIni(commonConfig(this.#layout, this.host), await this.#spec.config());
    return writeIni(this.#layout.path("etc", `${this.#file}.conf`), config);
  }

  get #file(): string {
    return `${this.#spec.name}-${this.host}`;
  }

  get #pidFile(): string {
    return this.#layout.path("run", `${this.#file}.pid`);
  }
}

/** Whether Neutron holds the host's agent alive, and it began at `since` (milliseconds) or later. */
async function reported(binary: string, host: string, since: number): Promise<boolean> {
  const url = `${apiUrl}/v2.0/agents?binary=${binary}&host=${host}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const { agents } = (await response.json()) as { agents: AgentRow[] };
  return agents.some((agent) => agent.alive && Date.parse(`${agent.started_at.replace(" ", "T")}Z`) >= since);
}

function commonConfig(layout: LabLayout, host: string): Ini {
  return {
    DEFAULT: {
      host,
      transport_url: transportUrl,
      state_path: layout.path("neutron", host),
      // Until an agent asks again what a killed server has not answered; doubled each time.
      rpc_response_timeout: 10,
      rpc_response_max_timeout: 40,
      use_stderr: true,
    },
    agent: { root_helper: "env", root_helper_daemon: "", polling_interval: 1, report_interval: 10 },
    oslo_concurrency: { lock_path: layout.path("neutron", host, "lock") },
    oslo_messaging_rabbit: {
      heartbeat_in_pthread: false,
      rabbit_retry_interval: 1,
      kombu_reconnect_delay: 0.5,
    },
  };
}

/** neutron-linuxbridge-agent of one node: wires taps into filters, VXLAN tunnels and the physical network. */
import { apiUrl, inNamespace, type LabLayout, physicalInterface } from "../layout.ts";
import { serverRuns, startServer, stopServer } from "../process.ts";
import { type Ini, writeIni } from "./ini.ts";
import { transportUrl } from "./rabbitmq.ts";

const binary = "neutron-linuxbridge-agent";

/** Before the real one in the agent's PATH: see `bin/ebtables`. */
const shims = `${import.meta.dir}/bin`;

/** The agent reads bridges from `/sys`, which shows the network namespace it was mounted in: it gets one of its own. */
const ownSys = [
  "unshare",
  "--mount",
  "--propagation=slave",
  "sh",
  "-c",
  'mount -t sysfs sysfs /sys && exec "$@"',
  "sh",
];

interface AgentRow {
  readonly host: string;
  readonly alive: boolean;
  /** UTC, without a zone: `2026-01-31 12:00:00`. */
  readonly started_at: string;
}

export class LinuxbridgeAgent {
  /** The node's hostname. */
  readonly host: string;
  readonly #layout: LabLayout;
  readonly #index: number;

  constructor(layout: LabLayout, index: number) {
    this.#layout = layout;
    this.#index = index;
    this.host = layout.hostname(index);
  }

  get running(): boolean {
    return serverRuns(this.#pidFile);
  }

  /** Starts it and waits until Neutron has heard from it. */
  async start(): Promise<void> {
    const host = this.#layout.hostname(this.#index);
    const config = await writeIni(
      this.#layout.path("etc", `linuxbridge-${host}.conf`),
      agentConfig(this.#layout, this.#index),
    );
    const since = this.running ? 0 : Math.floor(Date.now() / 1000) * 1000;
    const agent = ["/usr/bin/python3", `/usr/bin/${binary}`, "--config-file", config];
    await startServer({
      name: `${binary} of ${host}`,
      argv: inNamespace(this.#layout.node(this.#index), [...ownSys, ...agent]),
      pidFile: this.#pidFile,
      logFile: this.#layout.path("log", `linuxbridge-${host}.log`),
      env: { ...this.#layout.environment, PATH: `${shims}:/usr/sbin:/usr/bin:/sbin:/bin` },
      ready: () => reported(host, since),
    });
  }

  async stop(): Promise<void> {
    await stopServer(this.#pidFile);
  }

  /** Ends it as a power cut does; filters and bridges stay as they are. */
  async kill(): Promise<void> {
    await stopServer(this.#pidFile, 0);
  }

  get #pidFile(): string {
    return this.#layout.path("run", `linuxbridge-${this.#layout.hostname(this.#index)}.pid`);
  }
}

/** Whether Neutron holds the host's agent alive, and it began at `since` (milliseconds) or later. */
async function reported(host: string, since: number): Promise<boolean> {
  const url = `${apiUrl}/v2.0/agents?binary=${binary}&host=${host}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const { agents } = (await response.json()) as { agents: AgentRow[] };
  return agents.some((agent) => agent.alive && Date.parse(`${agent.started_at.replace(" ", "T")}Z`) >= since);
}

function agentConfig(layout: LabLayout, index: number): Ini {
  const host = layout.hostname(index);
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
    experimental: { linuxbridge: true },
    linux_bridge: { physical_interface_mappings: `physnet1:${physicalInterface}` },
    vxlan: {
      enable_vxlan: true,
      l2_population: true,
      local_ip: layout.tunnelAddress(index),
      udp_dstport: 4789,
    },
    securitygroup: { enable_security_group: true, firewall_driver: "iptables", enable_ipset: true },
    oslo_concurrency: { lock_path: layout.path("neutron", host, "lock") },
    oslo_messaging_rabbit: {
      heartbeat_in_pthread: false,
      rabbit_retry_interval: 1,
      kombu_reconnect_delay: 0.5,
    },
  };
}

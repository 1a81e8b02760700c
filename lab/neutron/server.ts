/** neutron-server: open to everybody (noauth), or asking for Keystone's tokens. Both may run at once on one database. */
import {
  apiUrl,
  controlAddress,
  inNamespace,
  keystoneApiUrl,
  keystoneUrl,
  type LabLayout,
} from "../layout.ts";
import { serverRuns, startServer, stopServer } from "../process.ts";
import { answers } from "../wait.ts";
import { databaseUrl } from "./database.ts";
import { type Ini, mergeIni, writeIni } from "./ini.ts";
import { startTimeout } from "./patience.ts";
import { transportUrl } from "./rabbitmq.ts";

export type AuthStrategy = "noauth" | "keystone";

export class NeutronServer {
  readonly url: string;
  readonly #layout: LabLayout;
  readonly #auth: AuthStrategy;
  readonly #changes: Ini;

  /** @param changes laid over {@link serverConfig} */
  constructor(layout: LabLayout, auth: AuthStrategy, changes: Ini = {}) {
    this.#layout = layout;
    this.#auth = auth;
    this.#changes = changes;
    this.url = auth === "noauth" ? apiUrl : keystoneApiUrl;
  }

  get running(): boolean {
    return serverRuns(this.#pidFile);
  }

  /** Starts it and waits until the API answers. Needs MariaDB; RabbitMQ may come later. */
  async start(): Promise<void> {
    const config = await writeIni(
      this.#layout.path("etc", `${this.#name}.conf`),
      mergeIni(serverConfig(this.#layout, this.#auth), this.#changes),
    );
    await startServer({
      name: this.#name,
      argv: inNamespace(this.#layout.control, [
        "/usr/bin/python3",
        "/usr/bin/neutron-server",
        "--config-file",
        config,
      ]),
      pidFile: this.#pidFile,
      logFile: this.#layout.path("log", `${this.#name}.log`),
      env: this.#layout.environment,
      ready: () => answers(this.url),
      timeout: startTimeout,
    });
  }

  /** Ends it as an administrator does, letting requests finish. */
  async stop(): Promise<void> {
    await stopServer(this.#pidFile);
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await stopServer(this.#pidFile, 0);
  }

  get #name(): string {
    return this.#auth === "noauth" ? "neutron-server" : "neutron-server-keystone";
  }

  get #pidFile(): string {
    return this.#layout.path("run", `${this.#name}.pid`);
  }
}

/** One file for neutron-server, neutron-db-manage and ML2. */
export function serverConfig(layout: LabLayout, auth: AuthStrategy): Ini {
  return {
    DEFAULT: {
      auth_strategy: auth,
      bind_host: controlAddress,
      bind_port: new URL(auth === "noauth" ? apiUrl : keystoneApiUrl).port,
      core_plugin: "ml2",
      service_plugins: "router,qos,trunk,segments",
      api_paste_config: "/etc/neutron/api-paste.ini",
      transport_url: transportUrl,
      notify_nova_on_port_status_changes: false,
      notify_nova_on_port_data_changes: false,
      dhcp_agent_notification: false,
      api_workers: 0,
      rpc_workers: 0,
      rpc_state_report_workers: 0,
      agent_down_time: 75,
      dns_domain: "cluster.example.",
      global_physnet_mtu: 1500,
      state_path: layout.path("neutron", auth),
      use_stderr: true,
    },
    agent: { root_helper: "env", root_helper_daemon: "" },
    database: { connection: databaseUrl(layout, "neutron"), max_retries: 60, retry_interval: 1 },
    experimental: { linuxbridge: true },
    ml2: {
      type_drivers: "local,flat,vlan,vxlan",
      tenant_network_types: "vxlan",
      mechanism_drivers: "linuxbridge,openvswitch,l2population",
      extension_drivers: "port_security,qos,dns_domain_ports,tag_ports_during_bulk_creation",
    },
    ml2_type_flat: { flat_networks: "physnet1,ext" },
    ml2_type_vlan: { network_vlan_ranges: "physnet1:100:199" },
    ml2_type_vxlan: { vni_ranges: "1000:1999" },
    oslo_concurrency: { lock_path: layout.path("neutron", auth, "lock") },
    oslo_messaging_rabbit: {
      heartbeat_in_pthread: false,
      rabbit_retry_interval: 1,
      kombu_reconnect_delay: 0.5,
    },
    oslo_policy: { policy_dirs: "/etc/neutron/policy.d" },
    quotas: { quota_network: 100, quota_subnet: 100, quota_port: 500 },
    securitygroup: { enable_security_group: true, enable_ipset: true, firewall_driver: "iptables" },
    ...(auth === "keystone" ? { keystone_authtoken: authToken() } : {}),
  };
}

function authToken(): Record<string, string | number> {
  return {
    www_authenticate_uri: keystoneUrl,
    auth_url: keystoneUrl,
    auth_type: "password",
    user_domain_name: "Default",
    project_domain_name: "Default",
    project_name: "service",
    username: "neutron",
    password: "neutron",
    region_name: "RegionOne",
    // A revoked token is refused after at most these seconds.
    token_cache_time: 5,
  };
}

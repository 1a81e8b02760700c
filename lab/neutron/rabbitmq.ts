/** RabbitMQ: how Neutron and its agents talk to each other. */
import { mkdirSync } from "node:fs";
import { controlAddress, inNamespace, type LabLayout } from "../layout.ts";
import { startServer } from "../process.ts";
import { accepts } from "../wait.ts";
import { startTimeout } from "./patience.ts";

const port = 5672;

/** The message bus's address, as `transport_url` wants it. */
export const transportUrl = `rabbit://neutron:neutron@${controlAddress}:${port}/`;

/** Keeps Erlang small and idle when it is idle, and its own ports on the namespace's loopback. */
const erlangArguments =
  "-kernel inet_dist_use_interface {127,0,0,1} -kernel logger_level warning +S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none";

/** Starts RabbitMQ and waits until it takes connections. Undo: `stopServer` with its pid file, `run/rabbitmq.pid`. */
export async function startRabbitmq(layout: LabLayout): Promise<void> {
  const home = layout.path("rabbitmq");
  mkdirSync(home, { recursive: true });
  await Bun.write(layout.path("rabbitmq", "enabled_plugins"), "[].\n");
  await Bun.write(
    layout.path("rabbitmq", "rabbitmq.conf"),
    [
      `listeners.tcp.1 = ${controlAddress}:${port}`,
      "default_user = neutron",
      "default_pass = neutron",
      "loopback_users = none",
      "log.file.level = warning",
      "vm_memory_high_watermark.absolute = 512MB",
      "disk_free_limit.absolute = 100MB",
      "",
    ].join("\n"),
  );
  await startServer({
    name: "RabbitMQ",
    argv: inNamespace(layout.control, ["/usr/lib/rabbitmq/bin/rabbitmq-server"]),
    pidFile: layout.path("run", "rabbitmq.pid"),
    logFile: layout.path("log", "rabbitmq.log"),
    cwd: home,
    env: {
      ...layout.environment,
      HOME: home,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_NODENAME: `${layout.name}@localhost`,
      RABBITMQ_CONFIG_FILE: layout.path("rabbitmq", "rabbitmq.conf"),
      RABBITMQ_CONF_ENV_FILE: "/dev/null",
      RABBITMQ_MNESIA_BASE: layout.path("rabbitmq", "mnesia"),
      RABBITMQ_LOG_BASE: layout.path("log", "rabbitmq"),
      RABBITMQ_PID_FILE: layout.path("rabbitmq", "erlang.pid"),
      RABBITMQ_ENABLED_PLUGINS_FILE: layout.path("rabbitmq", "enabled_plugins"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: erlangArguments,
    },
    ready: () => accepts(controlAddress, port),
    timeout: startTimeout,
  });
}

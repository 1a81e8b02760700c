import type { World } from "../attachment/world.ts";
import type { CniRequest } from "../cni/request.ts";
import { type Config, loadConfig } from "../config/load.ts";
import { Deadline } from "../deadline.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import { createLogger, type Logger } from "../log.ts";
import { openStore } from "../state/index.ts";
import { openWiring } from "../wiring/kinds.ts";
import type { WiringOptions } from "../wiring/wiring.ts";
import { connectNeutron } from "./neutron.ts";

/** Runs one verb with everything it needs, under its deadline; a signal from the runtime ends it in good order. */
export async function withWorld<T>(
  request: CniRequest,
  verb: "add" | "del" | "check" | "gc",
  work: (world: World) => Promise<T>,
): Promise<T> {
  const { config, warnings } = loadConfig(request.config);
  const log = createLogger({ level: config.log_level, file: config.log_file }).child({
    verb: request.command,
    ...(request.containerId === "" ? {} : { container: request.containerId.slice(0, 13) }),
  });
  for (const warning of warnings) log.warn(warning);
  using deadline = new Deadline(request.command, config.deadlines[verb]);
  const stop = (signal: NodeJS.Signals) => deadline.cancel(`${request.command} was ended by ${signal}`);
  process.once("SIGTERM", stop).once("SIGINT", stop);
  // Awaited here: the deadline must not be disposed of before the work is done.
  return await work(await openWorld(config, log, deadline));
}

/** Opens what the steps of an attachment work with. Nothing is asked of Neutron or the API server yet. */
export async function openWorld(config: Config, log: Logger, deadline: Deadline): Promise<World> {
  const store = openStore(config.state_dir);
  const connection = await connectNeutron(config, log);
  let kubernetes: Promise<KubernetesClient | undefined> | undefined;
  return {
    config,
    log,
    store,
    ...connection,
    wiring: openWiring(config.plugin.plugin_type, wiringOptionsOf(config)),
    kubernetes: () => {
      kubernetes ??= connectKubernetes(config);
      return kubernetes;
    },
    deadline,
  };
}

function wiringOptionsOf({ plugin, state_dir }: Config): WiringOptions {
  return {
    neutronAgent: plugin.neutron_agent,
    ovsdb: plugin.ovsdb_connection,
    physicalNetworks: plugin.physical_networks ?? {},
    ...(plugin.trunk_nic === undefined ? {} : { trunkNic: plugin.trunk_nic }),
    stateDir: state_dir,
  };
}

async function connectKubernetes(config: Config): Promise<KubernetesClient | undefined> {
  const [{ chooseAccess }, { KubernetesClient }] = await Promise.all([
    import("../kubernetes/connection.ts"),
    import("../kubernetes/client.ts"),
  ]);
  const access = await chooseAccess(config.kubernetes ?? {});
  return access === undefined ? undefined : new KubernetesClient(access);
}

import type { World } from "../attachment/world.ts";
import type { Config } from "../config/load.ts";
import type { Deadline } from "../deadline.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import type { Logger } from "../log.ts";
import { openStore, type Store } from "../state/index.ts";
import { openWiring } from "../wiring/kinds.ts";
import type { WiringOptions } from "../wiring/wiring.ts";
import { connectNeutron, type GateFor } from "./neutron.ts";

/** What outlives a verb: the same for all of one configuration, so that the agent opens it once. */
export type Surroundings = Omit<World, "log" | "deadline">;

/**
 * Opens what the steps of an attachment work with. Nothing is asked of Neutron or the API server yet.
 *
 * @param shared what the process has already: the store of the configuration's `state_dir`, and a line for calls
 */
export async function openSurroundings(
  config: Config,
  log: Logger,
  shared: { store?: Store; gateFor?: GateFor } = {},
): Promise<Surroundings> {
  const store = shared.store ?? openStore(config.state_dir);
  const connection = await connectNeutron(config, log, shared.gateFor);
  let kubernetes: Promise<KubernetesClient | undefined> | undefined;
  return {
    config,
    store,
    ...connection,
    wiring: openWiring(config.plugin.plugin_type, wiringOptionsOf(config)),
    kubernetes: () => {
      kubernetes ??= connectKubernetes(config).catch((error) => {
        // What is missing now, such as a file, may be there for the next pod.
        kubernetes = undefined;
        throw error;
      });
      return kubernetes;
    },
  };
}

/** The same for a process that serves one verb. */
export async function openWorld(config: Config, log: Logger, deadline: Deadline): Promise<World> {
  return { ...(await openSurroundings(config, log)), log, deadline };
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

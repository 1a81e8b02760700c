/** Two nodes of a lab with a runtime each, the cloud they share, and what is known of them. */
import { join } from "node:path";
import type { Lab } from "../../../lab/lab.ts";
import { checkout } from "../../../lab/layout.ts";
import type { Node } from "../../../lab/node.ts";
import { pluginConfig } from "../../../lab/plugin-config.ts";
import type { NetworkConfig } from "../../../lab/plugin-input.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import { Cloud } from "../simulator/cloud.ts";
import { OperationLog } from "./log.ts";
import { Model } from "./model.ts";
import { Troublemaker } from "./trouble.ts";

/** Whose ports are ours; differs from the cluster of the foreign ports. */
export const CLUSTER = "random";
export const NETWORK = "pods";

export interface Site {
  readonly node: Node;
  readonly runtime: Runtime;
  /** The network's file, as the command line is given it. */
  readonly configFile: string;
  readonly stateDir: string;
}

export interface Arena {
  readonly lab: Lab;
  readonly cloud: Cloud;
  readonly sites: readonly Site[];
  readonly model: Model;
  readonly log: OperationLog;
  readonly trouble: Troublemaker;
}

/** @param agent whether Neutron's agents own the bridges' uplinks */
export async function openArena(lab: Lab, agent: "required" | "none"): Promise<Arena> {
  const cloud = new Cloud(lab.url);
  for (const { hostname } of lab.nodes) await cloud.addAgent(hostname);
  return {
    lab,
    cloud,
    sites: lab.nodes.map((node) => openSite(lab, node, agent)),
    model: new Model(),
    log: new OperationLog(),
    trouble: new Troublemaker(lab, cloud),
  };
}

export function siteOf(arena: Arena, node: number): Site {
  const site = arena.sites[node - 1];
  if (site === undefined) throw new RangeError(`there is no node ${node}`);
  return site;
}

/** Deadlines are short, so that what hangs ends while the test runs. */
function openSite(lab: Lab, node: Node, agent: "required" | "none"): Site {
  const stateDir = node.path(`state-${agent}`);
  const config: NetworkConfig = pluginConfig(lab, node, {
    cniVersion: "1.1.0",
    name: NETWORK,
    cluster_name: CLUSTER,
    state_dir: stateDir,
    log_level: "warn",
    deadlines: { add: 8, del: 6, check: 5, gc: 30 },
    neutron: { wait_active: true, request_timeout: 2 },
    plugin: { neutron_agent: agent, physical_networks: { physnet1: "eth1" } },
  });
  const runtime = node.runtime(config);
  return { node, runtime, stateDir, configFile: node.path("net.d", `10-${NETWORK}.conf`) };
}

/** Runs `skynet journal drain` on the node: what waits is finished now, due or not. */
export async function drainJournal({ node, configFile }: Site): Promise<void> {
  await node.run([join(checkout, "dist", "skynet"), "journal", "drain", "--config", configFile]);
}

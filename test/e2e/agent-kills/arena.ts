/** Where it happens: two nodes of a lab, each with an agent and a runtime for two CNI networks, and what they depend on. */
import { rmSync } from "node:fs";
import { AgentProcess, agentSocket } from "../../../lab/agent-process.ts";
import type { Lab } from "../../../lab/lab.ts";
import type { Node } from "../../../lab/node.ts";
import { hasOpenVswitch } from "../../../lab/node-kinds.ts";
import { pluginConfig } from "../../../lab/plugin-config.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import type { SeededNetwork } from "../../../lab/seed.ts";
import { bridgeName } from "../../../src/wiring/names.ts";
import { Foreign } from "../random/foreign.ts";
import { OperationLog } from "../random/log.ts";
import type { Random } from "../random/random.ts";
import { Cloud } from "../simulator/cloud.ts";
import { addClosedGroup } from "./closed-group.ts";
import { KubeApi } from "./kube-api.ts";
import { NeutronsPart } from "./neutrons-part.ts";
import { Slot } from "./slots.ts";
import { Tally } from "./tally.ts";

/** Whose ports are ours; differs from the cluster of the foreign ports. */
export const CLUSTER = "kills";

/**
 * The CNI networks of each node. The runtime hands a pod's annotations over on the first; on the second they are known
 * from the API server alone.
 */
export const networkNames = ["told", "asked"] as const;
export type NetworkName = (typeof networkNames)[number];

export interface Site {
  readonly node: Node;
  readonly runtimes: Readonly<Record<NetworkName, Runtime>>;
  /** Undefined where plugins are to do the whole job. */
  readonly agent?: AgentProcess;
  readonly stateDir: string;
}

export interface Arena {
  readonly lab: Lab;
  readonly cloud: Cloud;
  readonly kubeApi: KubeApi;
  readonly neutronsPart: NeutronsPart;
  readonly foreign: Foreign;
  readonly sites: readonly Site[];
  readonly slots: readonly Slot[];
  /** Whether Neutron and its agents are real, and so security groups and tunnels between nodes. */
  readonly real: boolean;
  /** Milliseconds in which what was struck must have recovered, and what was asked for must have come true. */
  readonly patience: number;
  /** Milliseconds after which Neutron carries out nothing more of what was asked before it was struck. */
  readonly quietAfter: number;
  readonly log: OperationLog;
  readonly tally: Tally;
  /** What must never be, whatever is down. */
  readonly violations: string[];
  round: number;
}

/** Seconds; short, so that what hangs ends while the test runs. */
const SIMULATED = { deadlines: { add: 8, del: 6, check: 5, gc: 20 }, requestTimeout: 1 };
const REAL = { deadlines: { add: 60, del: 30, check: 20, gc: 60 }, requestTimeout: 20 };

/** @param agents whether there are any; else plugins do the whole job. Undo: {@link closeArena} */
export async function openArena(lab: Lab, agents: boolean, random: Random): Promise<Arena> {
  const cloud = new Cloud(lab.url, lab.backend === "simulator" ? 10_000 : 60_000);
  const kubeApi = new KubeApi();
  const neutronsPart = await NeutronsPart.open(lab, cloud);
  const closedGroup = await addClosedGroup(cloud);
  const sites = lab.nodes.map((node) => openSite(lab, node, kubeApi.url, agents));
  const real = lab.backend !== "simulator";
  const place = { lab, cloud, sites, cluster: CLUSTER, network: networkNames[0] };
  const flatBridge = bridgeName(lab.seeded.flat1.id);
  const playsAgent = (node: Node) => !real && !hasOpenVswitch(node.kind);
  return {
    ...{ lab, cloud, kubeApi, neutronsPart, sites, real },
    foreign: await Foreign.create({
      ...place,
      agentBridge: (node) => (playsAgent(node) ? flatBridge : undefined),
    }),
    slots: makeSlots(closedGroup, random, lab),
    patience: real ? 240_000 : 150_000,
    quietAfter: real ? 20_000 : 300,
    log: new OperationLog(),
    tally: new Tally(),
    violations: [],
    round: 0,
  };
}

/** Ends it, and removes everything that is ours. Nothing may be away. */
export async function closeArena({ lab, sites, kubeApi, foreign, neutronsPart }: Arena): Promise<void> {
  for (const { agent } of sites) await agent?.kill();
  await kubeApi.kill();
  await Promise.all(lab.nodes.map((node) => clear(lab, node)));
  await foreign.remove();
  await neutronsPart.close();
}

/** Without an agent nobody keeps ports ready: a GC removes them as well. */
async function clear(lab: Lab, node: Node): Promise<void> {
  const { runtimes, stateDir } = openSite(lab, node, undefined, false);
  for (const runtime of Object.values(runtimes)) {
    await runtime.call("GC", runtime.plugin, undefined, { attachments: [] });
  }
  rmSync(stateDir, { recursive: true, force: true });
}

/** The network in Neutron. Beside the simulator there are no tunnels between nodes: both are on the wire. */
function neutronNetwork(lab: Lab, name: NetworkName): SeededNetwork {
  return name === "told" || lab.backend === "simulator" ? lab.seeded.flat1 : lab.seeded.vx1;
}

function openSite(lab: Lab, node: Node, kubeApiUrl: string | undefined, agents: boolean): Site {
  const stateDir = node.path("state-kills");
  const runtimeOf = (name: NetworkName) =>
    node.runtime(pluginConfig(lab, node, configOf(lab, node, name, kubeApiUrl, agents)));
  const runtimes = { told: runtimeOf("told"), asked: runtimeOf("asked") };
  const configFile = node.path("net.d", "10-told.conf");
  return { node, runtimes, stateDir, ...(agents ? { agent: new AgentProcess(node, configFile) } : {}) };
}

function configOf(lab: Lab, node: Node, name: NetworkName, kubeApiUrl: string | undefined, agents: boolean) {
  const { deadlines, requestTimeout } = lab.backend === "simulator" ? SIMULATED : REAL;
  return {
    cniVersion: "1.1.0",
    name,
    capabilities: { "io.kubernetes.cri.pod-annotations": name === "told" },
    cluster_name: CLUSTER,
    state_dir: node.path("state-kills"),
    log_level: "info",
    deadlines,
    neutron: {
      wait_active: true,
      request_timeout: requestTimeout,
      default_network_id: neutronNetwork(lab, name).id,
      default_security_group_ids: lab.seeded.web,
    },
    ...(kubeApiUrl ? { kubernetes: { k8s_api_root: kubeApiUrl, node_name: node.hostname } } : {}),
    plugin: { neutron_agent: "required", agent: agents ? "auto" : "off" },
    agent: {
      socket: agentSocket(node),
      hot_ports_min: 2,
      hot_ports_max: 4,
      hot_ports_batch: 2,
      hot_ports_cooldown: 1,
      reconcile_interval: 2,
    },
  };
}

/** On each node and network one that lives for ever, one as most are, one with an address and one with a group of its own. */
function makeSlots(closedGroup: string, random: Random, lab: Lab): Slot[] {
  const places = ([1, 2] as const).flatMap((node) => networkNames.map((network) => ({ node, network })));
  return places.flatMap(({ node, network }, index) => {
    const name = (kind: string) => `${kind}-${network}${node}`;
    const beyondPool = neutronNetwork(lab, network) === lab.seeded.flat1 ? "10.50.0.20" : "10.52.3.20";
    return [
      { name: name("anchor"), anchor: true },
      { name: name("plain") },
      { name: name("busy") },
      { name: name("fixed"), annotations: { "skynet/ip": `${beyondPool}${index}` } },
      { name: name("closed"), closed: true, annotations: { "skynet/security_group_ids": closedGroup } },
    ].map((options) => new Slot({ ...options, node, network }, random));
  });
}

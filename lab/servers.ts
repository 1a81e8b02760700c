/** The servers of a lab, started from inside its control namespace, where they answer. */
import { mkdirSync } from "node:fs";
import { apiUrl, type Backend, keystoneApiUrl, type LabLayout } from "./layout.ts";
import { issueToken } from "./neutron/identities.ts";
import { Neutron } from "./neutron/neutron.ts";
import { hasOpenVswitch } from "./node-kinds.ts";
import { OpenVswitch } from "./openvswitch/daemons.ts";
import { type Seeded, seed } from "./seed.ts";
import { Simulator } from "./simulator.ts";
import { type LabState, writeState } from "./state.ts";

/** Starts what the lab's backend needs, seeds it, and completes the lab's state. */
export async function startServers(
  layout: LabLayout,
  state: LabState,
  progress: (line: string) => void,
): Promise<void> {
  mkdirSync(layout.path("run"), { recursive: true });
  const switches = startSwitches(layout, state);
  const [seeded] = await Promise.all([startCloud(layout, state, switches, progress), switches]);
  await writeState(layout, { ...state, seeded });
}

async function startCloud(
  layout: LabLayout,
  state: LabState,
  switches: Promise<void>,
  progress: (line: string) => void,
): Promise<Seeded> {
  if (state.backend === "simulator") {
    await new Simulator(layout).start();
    return seedBackend(state.backend);
  }
  const neutron = labNeutron(layout, state);
  await neutron.startServers(progress);
  await switches;
  const [seeded] = await Promise.all([seedBackend(state.backend), neutron.startAgents(progress)]);
  return seeded;
}

/** Starts Open vSwitch on the nodes that have one. */
async function startSwitches(layout: LabLayout, { nodes }: LabState): Promise<void> {
  const indices = nodes.flatMap((kind, index) => (hasOpenVswitch(kind) ? [index + 1] : []));
  await Promise.all(indices.map((index) => new OpenVswitch(layout, index).start()));
}

/** With Keystone the networks belong to the project of its users. */
async function seedBackend(backend: Backend): Promise<Seeded> {
  if (backend === "neutron-keystone") return seed(keystoneApiUrl, await issueToken("skynet", "k8s"));
  return seed(apiUrl, undefined, backend === "neutron-ovn" ? "geneve" : "vxlan");
}

/** The Neutron of a lab that has one. */
export function labNeutron(layout: LabLayout, state: LabState): Neutron {
  return new Neutron(layout, {
    nodes: state.nodes,
    keystone: state.backend === "neutron-keystone",
    ovn: state.backend === "neutron-ovn",
  });
}

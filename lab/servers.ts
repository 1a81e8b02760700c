/** The servers of a lab, started from inside its control namespace, where they answer. */
import { mkdirSync } from "node:fs";
import { apiUrl, type Backend, keystoneApiUrl, type LabLayout } from "./layout.ts";
import { issueToken } from "./neutron/identities.ts";
import { Neutron } from "./neutron/neutron.ts";
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
  if (state.backend === "simulator") {
    await new Simulator(layout).start();
    await writeState(layout, { ...state, seeded: await seedBackend(state.backend) });
    return;
  }
  const neutron = labNeutron(layout, state);
  await neutron.startServers(progress);
  const [seeded] = await Promise.all([seedBackend(state.backend), neutron.startAgents(progress)]);
  await writeState(layout, { ...state, seeded });
}

/** With Keystone the networks belong to the project of its users. */
async function seedBackend(backend: Backend): Promise<Seeded> {
  if (backend !== "neutron-keystone") return seed(apiUrl);
  return seed(keystoneApiUrl, await issueToken("skynet", "k8s"));
}

/** The Neutron of a lab that has one. */
export function labNeutron(layout: LabLayout, state: LabState): Neutron {
  return new Neutron(layout, { nodes: state.nodes, keystone: state.backend === "neutron-keystone" });
}

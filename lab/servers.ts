/** The servers of a lab, started from inside its control namespace, where they answer. */
import { mkdirSync } from "node:fs";
import { apiUrl, keystoneApiUrl, type LabLayout } from "./layout.ts";
import { issueToken } from "./neutron/identities.ts";
import { Neutron } from "./neutron/neutron.ts";
import { seed } from "./seed.ts";
import { Simulator } from "./simulator.ts";
import { type LabState, writeState } from "./state.ts";

/** Starts what the lab's backend needs, seeds it, and completes the lab's state. */
export async function startServers(
  layout: LabLayout,
  state: LabState,
  progress: (line: string) => void,
): Promise<void> {
  mkdirSync(layout.path("run"), { recursive: true });
  if (state.backend === "simulator") await new Simulator(layout).start();
  else await labNeutron(layout, state).start(progress);
  // With Keystone the networks belong to the project of its users.
  const seeded =
    state.backend === "neutron-keystone"
      ? await seed(keystoneApiUrl, await issueToken("skynet", "k8s"))
      : await seed(apiUrl);
  progress(`seeded ${Object.keys(seeded).join(", ")}`);
  await writeState(layout, { ...state, seeded });
}

/** The Neutron of a lab that has one. */
export function labNeutron(layout: LabLayout, state: LabState): Neutron {
  return new Neutron(layout, { nodes: state.nodes, keystone: state.backend === "neutron-keystone" });
}

import { OpenStackError } from "../openstack/errors.ts";
import { Neutron } from "../openstack/neutron/client.ts";
import { createPort, type Port } from "../openstack/neutron/ports.ts";
import { drainJournal } from "./drain.ts";
import { podPortDraft } from "./port-draft.ts";
import { reclaimAddresses } from "./reclaim.ts";
import type { AttachRequest } from "./request.ts";
import type { Target } from "./target.ts";
import { extensionsOf } from "./views.ts";
import type { World } from "./world.ts";

/** The least time in which making a bound port was ever seen to work; with less left, it is not begun. */
const LEAST_CREATE_MS = 1_000;

/** Makes the pod's port on this host. An address in use and a full quota get one more try each. */
export async function makePort(world: World, request: AttachRequest, target: Target): Promise<Port> {
  world.deadline.require(LEAST_CREATE_MS, "making a port in Neutron");
  const neutron = new Neutron(world.neutron.session, await extensionsOf(world));
  const draft = podPortDraft(world, neutron, request, target);
  try {
    return await createPort(neutron, draft, world.deadline.signal);
  } catch (error) {
    if (!(await madeRoom(world, request, target, error))) throw error;
  }
  return createPort(neutron, draft, world.deadline.signal);
}

/** Whether something was done that makes another try worth it. */
async function madeRoom(
  world: World,
  request: AttachRequest,
  target: Target,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof OpenStackError)) return false;
  switch (error.kind) {
    case "addressInUse":
      await reclaimAddresses(world, request, target);
      return true;
    case "quota":
    case "addressesExhausted": {
      const { done } = await drainJournal(world, request.key.network, world.deadline.signal, true);
      const hotPorts = world.agent?.hotPorts;
      return done > 0 || ((await hotPorts?.makeRoom(world, target, error.kind)) ?? false);
    }
    default:
      return false;
  }
}

import { messageOf } from "../cni/errors.ts";
import { WiringError } from "../wiring/errors.ts";
import type { PodEnd, WiringPlan } from "../wiring/wiring.ts";
import { otherOwner } from "./ownership.ts";
import { FIRST_PAUSE_MS } from "./release.ts";
import type { World } from "./world.ts";

/** What is known of wiring that must go. */
export interface Unplugging {
  network: string;
  deviceId: string;
  plan: WiringPlan;
}

/**
 * Takes a pod off the network; another's, which has the port by now, stays. When the daemon of the virtual switch is
 * away, what it has to remove goes to the journal: like Neutron's absence, that must not keep a node from getting rid
 * of its pods.
 *
 * @throws NetlinkError and whatever else is not the daemon's absence
 */
export async function unplug(
  world: World,
  { plan, ...device }: Unplugging,
  pod: PodEnd | undefined,
  signal: AbortSignal,
): Promise<void> {
  const owner = otherOwner(world.store, { deviceId: device.deviceId, portId: plan.portId });
  if (owner !== undefined) {
    world.log.warn("the wiring stays, for it is another's", { port: plan.portId, owner });
    return;
  }
  try {
    await world.wiring.unplug(plan, pod, signal);
  } catch (error) {
    if (!(error instanceof WiringError) || error.reason !== "switch-unreachable") throw error;
    const reason = messageOf(error);
    world.log.warn("the virtual switch's port is removed later, when the switch answers", {
      port: plan.portId,
      error: reason,
    });
    const notBefore = Date.now() + FIRST_PAUSE_MS;
    world.store.journal.add({ ...device, portId: plan.portId, wiring: plan, reason, notBefore });
  }
}

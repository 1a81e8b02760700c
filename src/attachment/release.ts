import { messageOf } from "../cni/errors.ts";
import { OpenStackError } from "../openstack/errors.ts";
import type { Neutron } from "../openstack/neutron/client.ts";
import { deletePort, listPorts, type Port } from "../openstack/neutron/ports.ts";
import { otherOwner } from "./ownership.ts";
import type { World } from "./world.ts";

/** A port to be deleted: by its id where that is known, in any case by the device_id that makes it ours. */
export interface Release {
  network: string;
  deviceId: string;
  portId?: string | undefined;
  /**
   * The creation may have been sent and never answered, so that the port could still appear: the time
   * (milliseconds since the epoch) until which Neutron may be working on it.
   */
  mayAppearUntil?: number;
}

/**
 * How long after a lost request Neutron may still commit it. A server under load was seen to take 42 s for
 * a bound port.
 */
export const LATE_COMMIT_MS = 60_000;

/** What one caller waits for Neutron at most; then the journal takes over. */
const RELEASE_MS = 20_000;
/** An entry that was just tried in vain is left alone for so long. */
export const FIRST_PAUSE_MS = 2_000;

/**
 * Deletes a port, or, when Neutron cannot do it now, notes it in the journal. Never fails because Neutron is
 * away: a node must be able to get rid of its pods. A port that is another's by now stays.
 *
 * @returns whether Neutron answered
 */
export async function releasePort(world: World, release: Release, signal: AbortSignal): Promise<boolean> {
  const { journal } = world.store;
  const owner = otherOwner(world.store, release);
  if (owner !== undefined) {
    world.log.warn("the port stays, for it is another's", { port: release.portId, owner });
    return true;
  }
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(RELEASE_MS)]);
  try {
    const existed = await deleteOurs(world.neutron, release, bounded, (port) =>
      isAnothers(world, release, port),
    );
    if (existed) journal.settled(release.network, release.deviceId);
    else if (release.mayAppearUntil !== undefined) {
      journal.add({
        ...release,
        reason: "its creation was never answered",
        notBefore: release.mayAppearUntil,
      });
    }
    return true;
  } catch (error) {
    if (!(error instanceof OpenStackError) && !bounded.aborted) throw error;
    const reason = messageOf(error);
    world.log.warn("the port is deleted later, when Neutron can", {
      device: release.deviceId,
      error: reason,
    });
    journal.add({ ...release, reason, notBefore: release.mayAppearUntil ?? Date.now() + FIRST_PAUSE_MS });
    return false;
  }
}

/**
 * Whether a port that was found by a `device_id` is another's by now: one of a pool keeps the `device_id` of the pod that
 * had it until Neutron was told of the next.
 */
function isAnothers({ store }: World, { deviceId }: Release, port: Port): boolean {
  return otherOwner(store, { deviceId, portId: port.id }) !== undefined;
}

/**
 * Deletes the port of a device: by its id, or every port that carries exactly this device_id.
 *
 * @param spares asked after the ports were listed: which of them stay
 * @returns whether one was deleted
 */
export async function deleteOurs(
  neutron: Neutron,
  { deviceId, portId }: Pick<Release, "deviceId" | "portId">,
  signal: AbortSignal,
  spares: (port: Port) => boolean = () => false,
): Promise<boolean> {
  if (portId !== undefined) return deletePort(neutron, portId, signal);
  const listed = await listPorts(neutron, { device_id: deviceId }, signal);
  const ports = listed.filter((port) => !spares(port));
  for (const port of ports) await deletePort(neutron, port.id, signal);
  return ports.length > 0;
}

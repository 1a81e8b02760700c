import { OpenStackError } from "../openstack/errors.ts";
import type { Neutron } from "../openstack/neutron/client.ts";
import { deletePort, listPorts } from "../openstack/neutron/ports.ts";
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

/**
 * Deletes a port, or, when Neutron cannot do it now, notes it in the journal. Never fails because Neutron is
 * away: a node must be able to get rid of its pods.
 */
export async function releasePort(world: World, release: Release, signal: AbortSignal): Promise<void> {
  try {
    const existed = await deleteOurs(world.neutron, release, signal);
    if (existed) world.store.journal.settled(release.network, release.deviceId);
    if (existed || release.mayAppearUntil === undefined) return;
    world.store.journal.add({
      ...release,
      reason: "its creation was never answered",
      notBefore: release.mayAppearUntil,
    });
  } catch (error) {
    if (!(error instanceof OpenStackError) && !signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    world.log.warn("the port is deleted later, when Neutron can", {
      device: release.deviceId,
      error: reason,
    });
    world.store.journal.add({
      ...release,
      reason,
      ...(release.mayAppearUntil === undefined ? {} : { notBefore: release.mayAppearUntil }),
    });
  }
}

/**
 * Deletes the port of a device: by its id, or every port that carries exactly this device_id.
 * @returns whether there was one
 */
export async function deleteOurs(
  neutron: Neutron,
  { deviceId, portId }: Pick<Release, "deviceId" | "portId">,
  signal: AbortSignal,
): Promise<boolean> {
  if (portId !== undefined) return deletePort(neutron, portId, signal);
  const ports = await listPorts(neutron, { device_id: deviceId }, signal);
  for (const port of ports) await deletePort(neutron, port.id, signal);
  return ports.length > 0;
}

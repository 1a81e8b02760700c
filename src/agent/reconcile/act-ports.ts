/** Ports of Neutron's that nothing accounts for. */
import { OWNER_TAG } from "../../attachment/identity.ts";
import { releasePort } from "../../attachment/release.ts";
import type { World } from "../../attachment/world.ts";
import { listPorts, type Port } from "../../openstack/neutron/ports.ts";
import { findHostEnd } from "../../wiring/host-end.ts";
import { tapName } from "../../wiring/names.ts";
import type { Outcome } from "./act.ts";
import type { Repair } from "./decision.ts";

/**
 * The port as Neutron has it now, if it is the one that was seen, and still neither a row nor a pod on this node has it.
 *
 * @throws OpenStackError
 */
export async function findUnaccounted(
  world: World,
  { id, device_id }: Port,
  signal: AbortSignal,
): Promise<Port | undefined> {
  const { hostname } = world.config;
  const filter = { ids: [id], device_id, "binding:host_id": hostname, tags: [OWNER_TAG] };
  const [port] = await listPorts(world.neutron, filter, signal);
  // The rows are looked at after the port was seen, for a row is written before its port is made.
  const isClaimed = [...world.store.attachments.list(), ...world.store.hotPorts.list()].some(
    ({ portId, deviceId }) => (portId === undefined ? deviceId === device_id : portId === id),
  );
  const hostEnd = findHostEnd(tapName(id));
  const hasPod = hostEnd !== undefined && !hostEnd.parked;
  return isClaimed || hasPod ? undefined : port;
}

/** First the devices, then the port. */
export async function deleteStray(
  world: World,
  repair: Extract<Repair, { kind: "stray-port" }>,
  signal: AbortSignal,
): Promise<Outcome> {
  const neutron = world.neutron.with({ priority: "delete", lane: repair.port.network_id });
  const gentle = { ...world, neutron };
  const port = await findUnaccounted(gentle, repair.port, signal);
  if (port === undefined) return 0;
  world.log.warn("removing a port that no attachment accounts for", {
    port: port.id,
    device: port.device_id,
  });
  await world.wiring.unplugPort(port.id, signal);
  await releasePort(gentle, { network: repair.network, deviceId: port.device_id, portId: port.id }, signal);
  return 1;
}

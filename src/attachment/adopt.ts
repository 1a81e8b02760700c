/** What a port in Neutron tells of whom it was made for, and the rows that follow from it: for when the store is lost. */
import { hasTags, type Port } from "../openstack/neutron/ports.ts";
import type { AttachmentKey, PodIdentity } from "../state/index.ts";
import { toResult } from "./answer.ts";
import type { HotPortSpec } from "./hot-port.ts";
import { deviceIdOf, isPoolDeviceId, networkTag, OWNER_TAG, uidTag } from "./identity.ts";
import { factsOf } from "./obtain.ts";
import { podEndOf } from "./request.ts";
import { networkView } from "./views.ts";
import type { World } from "./world.ts";

/** Of these CNI networks the one that a port was made for. */
export function networkOf(port: Port, networks: Iterable<string>): string | undefined {
  return [...networks].find((network) => hasTags(port, [networkTag(network)]));
}

/** The container and interface that a `device_id` tells; undefined where it tells none, or not all of it. */
export function parseDeviceId(deviceId: string): Pick<AttachmentKey, "containerId" | "ifname"> | undefined {
  const [owner, containerId, ifname, ...rest] = deviceId.split(":");
  if (owner !== OWNER_TAG || !containerId || !ifname || rest.length > 0 || isPoolDeviceId(deviceId))
    return undefined;
  // A long one was cut, and has a hash for its end: what was cut off cannot be told.
  return ifname.includes("~") || containerId.includes("~") ? undefined : { containerId, ifname };
}

/** The pod whose name and uid a port carries: `<namespace>_<pod>`, and the uid in description or tags. */
export function podOf({ name, description = "", tags = [] }: Port): PodIdentity {
  const parts = name.split("_");
  const [namespace, pod] = parts.length === 2 ? parts : [];
  const mark = [description, ...tags].find((text) => text.startsWith(uidTag("")));
  return {
    ...(namespace && pod ? { namespace, name: pod } : {}),
    ...(mark === undefined ? {} : { uid: mark.slice(uidTag("").length) }),
  };
}

/** The pool that a port fits: the pool of one subnet before that of the whole network. */
export function poolThatFits(world: World, port: Port, network: string): string | undefined {
  const fitting = world.store.pools
    .list()
    .filter((pool) => pool.network === network && pool.endpoint === world.endpointKey)
    .filter(({ spec }) => fits(spec as HotPortSpec, port));
  const narrow = fitting.find(({ spec }) => (spec as HotPortSpec).subnetId !== undefined);
  return (narrow ?? fitting[0])?.key;
}

function fits(
  { networkId, subnetId, securityGroups, portSecurity = true }: HotPortSpec,
  port: Port,
): boolean {
  return (
    port.network_id === networkId &&
    (subnetId === undefined || port.fixed_ips.every(({ subnet_id }) => subnet_id === subnetId)) &&
    securityGroups.join() === [...port.security_groups].sort().join() &&
    (port.port_security_enabled ?? true) === portSecurity
  );
}

/**
 * Writes the row of an attachment whose pod is there, as its ADD had written it. Its port is deleted with it, for it may
 * have been asked for by its address; one of a pool is so no more.
 *
 * @param isThere asked last: whether the pod's end still is
 * @returns false when there has come to be a row, or the pod has gone
 */
export async function adoptAttachment(
  world: World,
  port: Port,
  { key, netns }: { key: AttachmentKey; netns: string },
  isThere: () => boolean,
): Promise<boolean> {
  const { attachments, hotPorts } = world.store;
  const network = await networkView(world, port.network_id);
  const plan = world.wiring.plan(factsOf(port, network));
  const answer = toResult(port, network, plan.hostEnd, podEndOf({ key, netns }));
  const deviceId = deviceIdOf(key);
  const pod = port.device_id === deviceId ? podOf(port) : {};
  const attempt = { ...key, attempt: Bun.randomUUIDv7() };
  const intent = { deviceId, netns, pod, expiresAt: world.deadline.endsAtEpochMs };
  if (hotPorts.has(port.id) || !isThere()) return false;
  return attachments.adopted(attempt, intent, { portId: port.id, wiring: plan, answer });
}

/** Takes a port without a pod into a pool, after the pause that a port of a former pod needs. */
export async function adoptHotPort(
  world: World,
  port: Port,
  { network, pool }: { network: string; pool: string },
): Promise<void> {
  const plan = world.wiring.plan(factsOf(port, await networkView(world, port.network_id)));
  const state = isPoolDeviceId(port.device_id) ? "wiring" : "cooling";
  world.store.hotPorts.adopted({
    pool,
    network,
    deviceId: port.device_id,
    state,
    portId: port.id,
    port,
    wiring: plan,
  });
}

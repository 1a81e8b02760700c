import { CniCode, CniError } from "../cni/errors.ts";
import { portName } from "../kubernetes/pod.ts";
import { deletePort, hasTags, listPorts, type Port } from "../openstack/neutron/ports.ts";
import { clusterTag, isPoolDeviceId, OWNER_TAG, uidTag } from "./identity.ts";
import type { AttachRequest } from "./request.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

/**
 * Frees the addresses that a pod asks for, where `neutron.reclaim_ip` allows it.
 *
 * - `pods`: the holder goes only if it is the port of a pod of this cluster, and that pod is gone or is this one
 * - `any`: every holder goes, as in 2017, except Neutron's own (`network:…`: routers, DHCP)
 * - `never`: nobody goes
 *
 * The list of holders is filtered again here: an old Neutron ignores filters it does not know, and would
 * name every port of the network.
 */
export async function reclaimAddresses(world: World, request: AttachRequest, target: Target): Promise<void> {
  const wanted = (target.fixedIps ?? []).flatMap(({ ip_address }) => ip_address ?? []);
  for (const address of wanted) {
    const filter = { network_id: target.network.id, fixed_ip: address };
    const holders = await listPorts(world.neutron, filter, world.deadline.signal);
    for (const holder of holders) await reclaim(world, request, address, holder);
  }
}

async function reclaim(world: World, request: AttachRequest, address: string, holder: Port): Promise<void> {
  const refusal = await reasonToKeep(world, request, holder);
  if (refusal !== undefined) {
    throw new CniError(
      CniCode.addressInUse,
      `the address ${address} is held by ${describe(holder)}: ${refusal}`,
    );
  }
  world.log.warn("the address is taken from its holder", { address, port: holder.id, name: holder.name });
  await deletePort(world.neutron, holder.id, world.deadline.signal);
}

/** Why this holder must stay, or undefined when it may go. */
async function reasonToKeep(world: World, request: AttachRequest, holder: Port): Promise<string | undefined> {
  if (holder.device_owner.startsWith("network:")) {
    return "ports of routers and of Neutron itself are never deleted; choose another address";
  }
  const policy = world.config.neutron.reclaim_ip;
  if (policy === "never") return 'neutron.reclaim_ip is "never"; delete that port or choose another address';
  if (policy === "any") {
    giveUpWaiting(world, holder);
    return undefined;
  }
  if (!hasTags(holder, [OWNER_TAG, clusterTag(world.config.cluster_name)])) {
    return `it is no pod of cluster "${world.config.cluster_name}"; delete that port or choose another address`;
  }
  if (isPooledElsewhere(world, holder)) {
    return (
      `host "${holder["binding:host_id"]}" gives that port to one pod after the other, and alone knows who has it; ` +
      "choose an address outside of the subnet's allocation pools, or delete the port if that host is gone for good"
    );
  }
  return (await isDead(world, request, holder))
    ? undefined
    : "that pod may still be running; delete it first, or choose another address";
}

/** Whether the pod behind one of our ports is this very pod, or is known to be gone. */
async function isDead(world: World, request: AttachRequest, holder: Port): Promise<boolean> {
  const { uid } = request.pod;
  const own = isUnusedHere(world, holder);
  if (own !== undefined) return own;
  if (uid !== undefined && saysUid(holder, uid)) return true;
  if (holder.name === portName(request.pod)) {
    // The API server lets a second pod of a name be only after the first is gone; elsewhere a name is the node's.
    return uid !== undefined || holder["binding:host_id"] === world.config.hostname;
  }
  const [namespace, name] = splitPortName(holder.name);
  const api = namespace === undefined || name === undefined ? undefined : await world.kubernetes();
  if (api === undefined || namespace === undefined || name === undefined) return false;
  const pod = await api.getPod(namespace, name, world.deadline.signal);
  return pod === undefined || isAnotherUid(holder, pod.metadata?.uid);
}

/**
 * Whether another node's port serves one pod after the other. What Neutron says of its pod may be old: until it was told of
 * the next one, only that node's store knows.
 */
function isPooledElsewhere({ config }: World, { device_id, description = "", ...holder }: Port): boolean {
  const isPooled = isPoolDeviceId(device_id) || description.startsWith(uidTag(""));
  return isPooled && holder["binding:host_id"] !== config.hostname;
}

/** Whether a port of this node that serves one pod after the other is without one. Undefined: what Neutron says of it is true. */
function isUnusedHere({ store }: World, holder: Port): boolean | undefined {
  const waiting = store.hotPorts.list().find(({ portId }) => portId === holder.id);
  if (waiting !== undefined) {
    return waiting.state === "leaving" || store.hotPorts.move(waiting.id, waiting.state, "leaving");
  }
  const holding = store.attachments.list().find(({ portId }) => portId === holder.id);
  if (holding?.identityDue !== undefined) return false;
  return isPoolDeviceId(holder.device_id) ? true : undefined;
}

/** Keeps pods from a port that waits for one. @returns false: one has just got it; undefined: it is none of these */
function giveUpWaiting({ store }: World, { id }: Port): boolean | undefined {
  const waiting = store.hotPorts.list().find(({ portId }) => portId === id);
  if (waiting === undefined) return undefined;
  return waiting.state === "leaving" || store.hotPorts.move(waiting.id, waiting.state, "leaving");
}

/** The name lives on in another pod. A port that does not say whose it was gets the benefit of the doubt. */
function isAnotherUid(holder: Port, livingUid: string | undefined): boolean {
  const marks = [holder.description ?? "", ...(holder.tags ?? [])];
  const known = marks.some((mark) => mark.startsWith(uidTag("")));
  return known && livingUid !== undefined && !saysUid(holder, livingUid);
}

/** The description counts where it says whose the port is: it is newer than a tag that came with the port. */
function saysUid(holder: Port, uid: string): boolean {
  const { description = "" } = holder;
  return description.startsWith(uidTag("")) ? description === uidTag(uid) : hasTags(holder, [uidTag(uid)]);
}

/** `<namespace>_<pod>`: neither part can contain an underscore. */
function splitPortName(portName: string): [namespace: string | undefined, name: string | undefined] {
  const parts = portName.split("_");
  return parts.length === 2 ? [parts[0], parts[1]] : [undefined, undefined];
}

function describe(port: Port): string {
  const name = port.name === "" ? "" : ` "${port.name}"`;
  const owner = port.device_owner === "" ? "no owner" : `owner ${port.device_owner}`;
  const device = port.device_id === "" ? "" : `, device ${port.device_id}`;
  return `port ${port.id}${name} (${owner}${device})`;
}

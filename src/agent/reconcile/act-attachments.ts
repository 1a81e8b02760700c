/** Repairs of attachments. */
import { adoptAttachment } from "../../attachment/adopt.ts";
import { disown, removeRemains } from "../../attachment/detach.ts";
import { otherOwner } from "../../attachment/ownership.ts";
import { podIdentityUpdate } from "../../attachment/port-draft.ts";
import { podEndOf } from "../../attachment/request.ts";
import { extensionsOf } from "../../attachment/views.ts";
import type { World } from "../../attachment/world.ts";
import { Neutron } from "../../openstack/neutron/client.ts";
import { getPort, updatePort } from "../../openstack/neutron/ports.ts";
import { type AttachmentRecord, isAtWork } from "../../state/index.ts";
import { findHostEnd } from "../../wiring/host-end.ts";
import { mendHostEnd } from "../../wiring/mend.ts";
import { tapName } from "../../wiring/names.ts";
import { inspectPodEnd } from "../../wiring/pod-end.ts";
import { namespaceExists } from "../../wiring/pod-search.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import type { Outcome } from "./act.ts";
import { damageOf } from "./damage.ts";
import type { Repair, RepairKind } from "./decision.ts";

type Of<Kind extends RepairKind> = Extract<Repair, { kind: Kind }>;

/** The row as it is now; undefined when it has gone on since, or is another attempt's. */
function unchanged(world: World, record: AttachmentRecord): AttachmentRecord | undefined {
  const now = world.store.attachments.get(record);
  const isSame =
    now?.state === record.state && now.createdAt === record.createdAt && now.portId === record.portId;
  return isSame && !isAtWork(now) ? now : undefined;
}

/**
 * As a DEL does: the port goes back to its pool, or is deleted, or the journal has it. What is not plugged in any more,
 * as after a reboot, is of no use to a pool.
 */
export async function takeDown(
  world: World,
  { kind, record }: Of<"interrupted-add" | "interrupted-del" | "gone-pod">,
  signal: AbortSignal,
): Promise<Outcome> {
  const now = unchanged(world, record);
  if (now === undefined || (kind === "gone-pod" && namespaceExists(now.netns))) return 0;
  const { agent, ...alone } = world;
  const isPlugged = now.portId !== undefined && findHostEnd(tapName(now.portId)) !== undefined;
  await removeRemains(isPlugged ? world : alone, now, signal);
  return 1;
}

/** Only the row goes. */
export async function forgetStale(world: World, { record, owner }: Of<"stale-attachment">): Promise<Outcome> {
  const now = unchanged(world, record);
  if (now === undefined) return 0;
  if (otherOwner(world.store, now) === undefined && !(await isAnothersInNeutron(world, now))) return 0;
  if (unchanged(world, record) === undefined) return 0;
  world.store.attachments.detaching(now);
  disown(world, now, owner);
  return 1;
}

async function isAnothersInNeutron(world: World, { portId, deviceId }: AttachmentRecord): Promise<boolean> {
  if (portId === undefined) return false;
  const port = await getPort(world.neutron, portId, world.deadline.signal);
  return port.device_id !== deviceId;
}

/** Whatever it does not put right is damage. */
export async function mend(world: World, { record }: Of<"host-end">, signal: AbortSignal): Promise<Outcome> {
  const now = unchanged(world, record);
  if (now?.wiring === undefined || otherOwner(world.store, now) !== undefined) return 0;
  const plan = now.wiring as WiringPlan;
  mendHostEnd(plan, world.config.state_dir);
  const problems = await world.wiring.check(plan, signal);
  return problems.length === 0 ? 1 : damageOf(now, problems);
}

/** Tells Neutron whose the port is. @throws OpenStackError of kind `revision` when it has changed since it was seen */
export async function rename(
  world: World,
  { record, port }: Of<"identity">,
  signal: AbortSignal,
): Promise<Outcome> {
  const extensions = await extensionsOf(world);
  const now = unchanged(world, record);
  if (now === undefined || now.identityDue !== undefined || otherOwner(world.store, now) !== undefined)
    return 0;
  const neutron = new Neutron(world.neutron.session, extensions).with({
    priority: "pool",
    lane: port.network_id,
  });
  await updatePort(neutron, port.id, podIdentityUpdate(neutron, now), signal, port.revision_number);
  return 1;
}

/** The store was lost: the row of a living pod is written anew. */
export async function adoptLost(world: World, { port, key, netns }: Of<"lost-attachment">): Promise<Outcome> {
  const mac = port.mac_address.toLowerCase();
  const isThere = () => inspectPodEnd(podEndOf({ key, netns }))?.mac === mac;
  return (await adoptAttachment(world, port, { key, netns }, isThere)) ? 1 : 0;
}

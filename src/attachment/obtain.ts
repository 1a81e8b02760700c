import { CniError } from "../cni/errors.ts";
import { KubernetesError } from "../kubernetes/errors.ts";
import { OpenStackError } from "../openstack/errors.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import type { PortFacts } from "../wiring/wiring.ts";
import { UnknownSubnetError } from "./answer.ts";
import { askPod } from "./asked.ts";
import { requireBinding } from "./binding.ts";
import { blame } from "./blame.ts";
import { requireEnforcement } from "./enforcement.ts";
import { deviceIdOf } from "./identity.ts";
import { makePort } from "./port.ts";
import { LATE_COMMIT_MS, releasePort } from "./release.ts";
import { type AttachRequest, nameOf } from "./request.ts";
import { resolveTarget, type Target } from "./target.ts";
import type { UndoStack } from "./undo.ts";
import { forgetViews, type NetworkView, networkView } from "./views.ts";
import type { World } from "./world.ts";

/** Time kept for taking everything back when an ADD fails or its time is over. */
export const UNDO_MS = 15_000;

const NO_ID = "00000000-0000-0000-0000-000000000000";

/**
 * From what the pod asks for to its bound port, with the network it is on. The port's delete is on the undo stack
 * before its creation is sent: an answer may be lost.
 */
export async function obtainPort(
  world: World,
  request: AttachRequest,
  undo: UndoStack,
): Promise<{ port: Port; network: NetworkView }> {
  const asked = await askPod(world, request);
  const release = { network: request.key.network, deviceId: deviceIdOf(request.key) };
  let portId: string | undefined;
  let sent = false;
  undo.push("the port", async () => {
    if (!sent) return;
    const mayAppearUntil = portId === undefined ? Date.now() + LATE_COMMIT_MS : undefined;
    const known = { ...release, portId, ...(mayAppearUntil === undefined ? {} : { mayAppearUntil }) };
    await releasePort(world, known, AbortSignal.timeout(UNDO_MS));
  });
  const make = async (target: Target) => {
    sent = true;
    const port = await makePort(world, request, target).catch((error) => {
      sent = !isRefusal(error);
      throw error;
    });
    portId = port.id;
    return port;
  };
  const { port, network } = await withFreshViews(world, async () => {
    const target = await resolveTarget(world, asked, nameOf(request));
    await refuseUnwirable(world, target.network);
    requireEnforcement(world, asked, target, nameOf(request));
    return { port: await make(target), network: target.network };
  }).catch((error) => {
    throw blame(error, asked, nameOf(request));
  });
  // Not part of what is tried again with fresh views: there is a port now, and it must stay the only one.
  const bound = await requireBinding(world, port);
  return { port: bound, network: await knownSubnets(world, bound, network) };
}

/** What this node cannot wire, or not now, is refused before a port is made for it. */
async function refuseUnwirable(world: World, network: NetworkView): Promise<void> {
  world.wiring.plan(factsOf({ id: NO_ID, mac_address: "" }, network));
  await world.wiring.reachable(world.deadline.signal);
}

/** Neutron refused the port, or what it was refused for could not be mended; after anything else there may be one. */
function isRefusal(error: unknown): boolean {
  if (error instanceof OpenStackError) return !error.ambiguous;
  return error instanceof CniError || error instanceof KubernetesError;
}

/** Runs `work` again, once, when Neutron does not know something that was read from the node's cache. */
async function withFreshViews<T>(world: World, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isStale =
      error instanceof OpenStackError && (error.kind === "notFound" || error.kind === "invalid");
    if (!isStale) throw error;
    forgetViews(world);
    return work();
  }
}

/** The port may have an address of a subnet that was made after the network was last read. */
async function knownSubnets(world: World, port: Port, network: NetworkView): Promise<NetworkView> {
  const unknown = port.fixed_ips.find(({ subnet_id }) => !network.subnets.some(({ id }) => id === subnet_id));
  if (unknown === undefined) return network;
  forgetViews(world);
  const fresh = await networkView(world, network.id);
  if (fresh.subnets.some(({ id }) => id === unknown.subnet_id)) return fresh;
  throw new UnknownSubnetError(unknown.subnet_id);
}

/** What the wiring has to know of a port. */
export function factsOf(
  port: Pick<Port, "id" | "mac_address" | "binding:vif_type" | "binding:vif_details">,
  network: NetworkView,
): PortFacts {
  const vifType = port["binding:vif_type"];
  return {
    portId: port.id,
    networkId: network.id,
    mac: port.mac_address,
    mtu: network.mtu,
    ...(vifType === undefined ? {} : { binding: { vifType, details: port["binding:vif_details"] ?? {} } }),
    ...(network.type === undefined ? {} : { networkType: network.type }),
    ...(network.physicalNetwork === undefined ? {} : { physicalNetwork: network.physicalNetwork }),
    ...(network.segmentationId === undefined ? {} : { segmentationId: network.segmentationId }),
  };
}

import { CniError } from "../cni/errors.ts";
import { KubernetesError } from "../kubernetes/errors.ts";
import { OpenStackError } from "../openstack/errors.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import type { AttemptKey } from "../state/index.ts";
import type { PortFacts } from "../wiring/wiring.ts";
import { UnknownSubnetError } from "./answer.ts";
import { askPod } from "./asked.ts";
import { requireBinding } from "./binding.ts";
import { blame } from "./blame.ts";
import { requireEnforcement } from "./enforcement.ts";
import { claimHotPort, type HotPort, poolOf } from "./hot-port.ts";
import { deviceIdOf } from "./identity.ts";
import { makePort } from "./port.ts";
import { LATE_COMMIT_MS, releasePort } from "./release.ts";
import { type AttachRequest, nameOf, overtaken } from "./request.ts";
import { resolveTarget, type Target } from "./target.ts";
import type { UndoStack } from "./undo.ts";
import { forgetViews, type NetworkView, networkView } from "./views.ts";
import type { World } from "./world.ts";

/** Time kept for taking everything back when an ADD fails or its time is over. */
export const UNDO_MS = 15_000;

const NO_ID = "00000000-0000-0000-0000-000000000000";

/** A pod's port, bound, with the network it is on. */
export interface Obtained {
  port: Port;
  network: NetworkView;
  /** It was made before its pod, and the row of the attachment says so already. */
  hot?: HotPort;
  /** Ports like it go to this pool when their pods are gone. */
  pool?: string;
}

/**
 * From what the pod asks for to its bound port: one that is ready, else a new one. The port's release is on the undo
 * stack before it is claimed or its creation is sent: an answer may be lost.
 */
export async function obtainPort(
  world: World,
  request: AttachRequest,
  attempt: AttemptKey,
  undo: UndoStack,
): Promise<Obtained> {
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
  const obtained = await withFreshViews(world, async (): Promise<Obtained> => {
    const target = await resolveTarget(world, asked, nameOf(request));
    requireEnforcement(world, asked, target, nameOf(request));
    const hot = claimHotPort(world, attempt, target);
    if (hot === "overtaken") throw overtaken(request);
    if (hot !== undefined) {
      [sent, portId] = [true, hot.port.id];
      return { port: hot.port, network: target.network, hot };
    }
    await refuseUnwirable(world, target.network);
    const pool = poolOf(world, request.key.network, target);
    return { port: await make(target), network: target.network, ...(pool === undefined ? {} : { pool }) };
  }).catch((error) => {
    throw blame(error, asked, nameOf(request));
  });
  // Not part of what is tried again with fresh views: there is a port now, and it must stay the only one.
  const { port, network, hot } = obtained;
  const bound = hot === undefined ? await requireBinding(world, port) : port;
  return { ...obtained, port: bound, network: await knownSubnets(world, bound, network) };
}

/** What this node cannot wire, or not now, is refused before a port is made for it. */
export async function refuseUnwirable(world: World, network: NetworkView): Promise<void> {
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
  if (unknownSubnet(network, port) === undefined) return network;
  forgetViews(world);
  const fresh = await networkView(world, network.id);
  const unknown = unknownSubnet(fresh, port);
  if (unknown === undefined) return fresh;
  throw new UnknownSubnetError(unknown);
}

function unknownSubnet(network: NetworkView, port: Port): string | undefined {
  return port.fixed_ips.find(({ subnet_id }) => !network.subnets.some(({ id }) => id === subnet_id))
    ?.subnet_id;
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

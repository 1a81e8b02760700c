import { CniCode, CniError } from "../cni/errors.ts";
import type { Result } from "../cni/result.ts";
import { OpenStackError } from "../openstack/errors.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import { configurePodEnd, podEndExists } from "../wiring/pod-end.ts";
import type { PortFacts } from "../wiring/wiring.ts";
import { podEndSettings, toResult, UnknownSubnetError } from "./answer.ts";
import { askPod } from "./asked.ts";
import { blame } from "./blame.ts";
import { removeRemains } from "./detach.ts";
import { deviceIdOf } from "./identity.ts";
import { makePort, requireBinding, waitUntilActive } from "./port.ts";
import { LATE_COMMIT_MS, releasePort } from "./release.ts";
import { type AttachRequest, nameOf, podEndOf } from "./request.ts";
import { ensureServiceRoutes } from "./service-routes.ts";
import { resolveTarget, type Target } from "./target.ts";
import { UndoStack } from "./undo.ts";
import { forgetViews, type NetworkView, networkView } from "./views.ts";
import type { World } from "./world.ts";

/** Time kept for taking everything back when an ADD fails or its time is over. */
const UNDO_MS = 15_000;

const NO_ID = "00000000-0000-0000-0000-000000000000";

/**
 * Gives a container its Neutron port. The pod's end stays down until Neutron has the port's filters in
 * force, so the pod neither sends nor receives a packet before.
 *
 * Whatever fails, including the deadline, is undone before the error is thrown; what Neutron cannot undo now
 * goes to the journal. A process killed in between leaves its row in the store for the next DEL, GC or ADD.
 */
export async function attach(world: World, request: AttachRequest): Promise<Result> {
  const undo = new UndoStack();
  try {
    return await attachSteps(world, request, undo);
  } catch (error) {
    for (const failure of await undo.undo()) {
      world.log.error(`could not undo: ${failure.name}`, { error: failure.error });
    }
    throw error;
  }
}

async function attachSteps(world: World, request: AttachRequest, undo: UndoStack): Promise<Result> {
  const { store, wiring, deadline } = world;
  const pod = podEndOf(request);
  if (podEndExists(pod)) throw interfaceExists(request);
  await begin(world, request);
  undo.push("the attachment's row in the store", () => store.attachments.abandoned(request.key));

  const { port, network } = await portFor(world, request, undo);
  const plan = wiring.plan(factsOf(port, network));
  if (!store.attachments.planned(request.key, port.id, plan)) throw overtaken(request);
  undo.push("the wiring", () => wiring.unplug(plan, pod));
  for (const warning of wiring.plug(plan, pod)) world.log.warn(warning);
  await waitUntilActive(world, port);

  const settings = podEndSettings(port, network);
  ensureServiceRoutes(world, settings.addresses);
  deadline.signal.throwIfAborted();
  configurePodEnd(pod, settings);
  const result = toResult(port, network, plan.hostEnd, pod);
  if (!store.attachments.attached(request.key, result)) throw overtaken(request);
  world.log.info("attached", {
    port: port.id,
    network: network.id,
    addresses: port.fixed_ips.map(({ ip_address }) => ip_address).join(","),
  });
  return result;
}

/** Writes the intent; what an earlier ADD of the same container left is removed first. */
async function begin(world: World, request: AttachRequest): Promise<void> {
  const intent = {
    deviceId: deviceIdOf(request.key),
    netns: request.netns,
    pod: request.pod,
    expiresAt: world.deadline.endsAtEpochMs + UNDO_MS,
  };
  const inTheWay = world.store.attachments.begin(request.key, intent);
  if (inTheWay === undefined) return;
  if (inTheWay.atWork) {
    throw new CniError(
      CniCode.tryAgainLater,
      `another ADD for ${nameOf(request)}, interface ${request.key.ifname}, is still at work (process ${inTheWay.record.owner.pid})`,
    );
  }
  world.log.warn("removing what an earlier ADD of this container left", { state: inTheWay.record.state });
  await removeRemains(world, inTheWay.record, world.deadline.signal);
  if (world.store.attachments.begin(request.key, intent) !== undefined) throw overtaken(request);
}

async function portFor(
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
    return requireBinding(world, port);
  };
  const made = withFreshViews(world, async () => {
    const target = await resolveTarget(world, asked, nameOf(request));
    refuseUnwirable(world, target.network);
    const port = await make(target);
    return { port, network: await knownSubnets(world, port, target.network) };
  });
  return made.catch((error) => {
    throw blame(error, asked, nameOf(request));
  });
}

/** A network that this node cannot wire is refused before a port is made for it. */
function refuseUnwirable(world: World, network: NetworkView): void {
  world.wiring.plan(factsOf({ id: NO_ID, mac_address: "" }, network));
}

/** Neutron said no, so there is no port; after anything else there may be one. */
function isRefusal(error: unknown): boolean {
  return error instanceof OpenStackError && !error.ambiguous;
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

function factsOf(port: Pick<Port, "id" | "mac_address">, network: NetworkView): PortFacts {
  return {
    portId: port.id,
    networkId: network.id,
    mac: port.mac_address,
    mtu: network.mtu,
    ...(network.type === undefined ? {} : { networkType: network.type }),
    ...(network.physicalNetwork === undefined ? {} : { physicalNetwork: network.physicalNetwork }),
    ...(network.segmentationId === undefined ? {} : { segmentationId: network.segmentationId }),
  };
}

function interfaceExists(request: AttachRequest): CniError {
  return new CniError(
    CniCode.badEnvironment,
    `the interface ${request.key.ifname} already exists in ${request.netns}; ${nameOf(request)} is attached already, DEL comes before another ADD`,
  );
}

function overtaken(request: AttachRequest): CniError {
  return new CniError(
    CniCode.tryAgainLater,
    `${nameOf(request)} was removed while it was being attached; everything was taken back`,
  );
}

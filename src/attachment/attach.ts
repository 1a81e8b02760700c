import { CniCode, CniError } from "../cni/errors.ts";
import type { Result } from "../cni/result.ts";
import type { Port } from "../openstack/neutron/ports.ts";
import type { AttemptKey } from "../state/index.ts";
import { announcePodEnd, configurePodEnd, podEndExists } from "../wiring/pod-end.ts";
import type { PodEnd, WiringPlan } from "../wiring/wiring.ts";
import { podEndSettings, toResult } from "./answer.ts";
import { waitUntilWired } from "./binding.ts";
import { removeRemains } from "./detach.ts";
import { deviceIdOf } from "./identity.ts";
import { factsOf, type Obtained, obtainPort, UNDO_MS } from "./obtain.ts";
import { type AttachRequest, nameOf, overtaken, podEndOf } from "./request.ts";
import { ensureServiceRoutes, releaseServiceRoutes } from "./service-routes.ts";
import { recordSuccess } from "./status.ts";
import { UndoStack } from "./undo.ts";
import { unplug } from "./unplug.ts";
import type { World } from "./world.ts";

/** The kernel looks at links at once, but at some only once a second. */
const CARRIED_WITHIN_MS = 1_500;

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
  const { store, deadline } = world;
  const pod = podEndOf(request);
  const attempt = { ...request.key, attempt: Bun.randomUUIDv7() };
  await begin(world, request, attempt);
  undo.push("the attachment's row in the store", () => store.attachments.abandoned(attempt));
  if (podEndExists(pod)) throw interfaceExists(request);

  const obtained = await obtainPort(world, request, attempt, undo);
  const { port, network } = obtained;
  const plan = await wire(world, request, attempt, obtained, undo);
  const settings = podEndSettings(port, network);
  const { addresses } = settings;
  undo.push("routes to services", () => releaseServiceRoutes(world, { key: request.key, addresses }));
  ensureServiceRoutes(world, addresses);
  deadline.signal.throwIfAborted();
  configurePodEnd(pod, settings);
  if (world.agent === undefined) await introduce(world, plan, pod, settings.mac);
  const result = toResult(port, network, plan.hostEnd, pod);
  if (!store.attachments.attached(attempt, result)) throw overtaken(request);
  if (obtained.hot === undefined) recordSuccess(world);
  afterwards(world, request, obtained, () => introduce(world, plan, pod, settings.mac));
  world.log.info("attached", {
    port: port.id,
    network: network.id,
    addresses: port.fixed_ips.map(({ ip_address }) => ip_address).join(","),
    hot: obtained.hot === undefined ? undefined : "yes",
  });
  return result;
}

/** From the port to the pod's end, which is down, with the port's filters in force. */
async function wire(
  world: World,
  request: AttachRequest,
  attempt: AttemptKey,
  { port, network, hot, pool }: Obtained,
  undo: UndoStack,
): Promise<WiringPlan> {
  const { store, wiring, deadline } = world;
  const pod = podEndOf(request);
  const plan = hot?.plan ?? wiring.plan(factsOf(port, network));
  const pooled = pool === undefined ? undefined : { pool, port };
  if (hot === undefined && !store.attachments.planned(attempt, port.id, plan, pooled))
    throw overtaken(request);
  undo.push("the wiring", () => {
    const device = { network: request.key.network, deviceId: deviceIdOf(request.key) };
    return unplug(world, { ...device, plan }, pod, AbortSignal.timeout(UNDO_MS));
  });
  const parking = hot === undefined ? undefined : wiring.parking(plan);
  const warnings = await (parking === undefined
    ? wiring.plug(plan, pod, deadline.signal)
    : parking.occupy(plan, pod, deadline.signal));
  for (const warning of warnings) world.log.warn(warning);
  if (parking === undefined) {
    await waitUntilWired(world, port, plan).catch((error) => {
      throw isTakenOver(world, request, port) ? overtaken(request) : error;
    });
  }
  return plan;
}

/** What an agent does when the pod has its answer. */
function afterwards(
  world: World,
  { pod }: AttachRequest,
  { hot, port, network }: Obtained,
  introduce: () => Promise<void>,
): void {
  world.agent?.later(`introduce ${port.id}`, introduce);
  if (hot !== undefined) world.agent?.hotPorts?.attached(world);
  world.agent?.attached?.(pod, {
    portId: port.id,
    networkId: network.id,
    networkName: network.name,
    addresses: port.fixed_ips.map(({ ip_address }) => ip_address),
    mac: port.mac_address,
  });
}

/** Waits until the pod's traffic is carried, and tells its neighbours: they may know its addresses from another pod. */
async function introduce(world: World, plan: WiringPlan, pod: PodEnd, mac: string): Promise<void> {
  const { signal } = world.deadline;
  const begun = performance.now();
  while (!world.wiring.carries(plan)) {
    if (performance.now() - begun > CARRIED_WITHIN_MS) {
      world.log.warn("the host's end does not carry traffic yet", { link: plan.hostEnd ?? pod.ifname });
      break;
    }
    await Bun.sleep(1);
    signal.throwIfAborted();
  }
  announcePodEnd(pod, mac);
}

/** Writes the intent; what a failed ADD or DEL of the same container left is removed first, what is attached stays. */
async function begin(world: World, request: AttachRequest, attempt: AttemptKey): Promise<void> {
  const intent = {
    deviceId: deviceIdOf(request.key),
    netns: request.netns,
    pod: request.pod,
    expiresAt: world.deadline.endsAtEpochMs + UNDO_MS,
  };
  const inTheWay = world.store.attachments.begin(attempt, intent);
  if (inTheWay === undefined) return;
  if (inTheWay.atWork) {
    throw new CniError(
      CniCode.tryAgainLater,
      `another ADD for ${nameOf(request)}, interface ${request.key.ifname}, is still at work (process ${inTheWay.record.owner.pid})`,
    );
  }
  const { state } = inTheWay.record;
  if (state === "attached" && podEndExists(podEndOf(request))) throw interfaceExists(request);
  world.log.warn("removing what is left of this container", { state });
  await removeRemains(world, inTheWay.record, world.deadline.signal);
  if (world.store.attachments.begin(attempt, intent) !== undefined) throw overtaken(request);
}

/** A DEL has come in between, and may have deleted the port already. */
function isTakenOver(world: World, { key }: AttachRequest, port: Port): boolean {
  const record = world.store.attachments.get(key);
  return record?.state !== "attaching" || record.portId !== port.id;
}

function interfaceExists(request: AttachRequest): CniError {
  return new CniError(
    CniCode.badEnvironment,
    `the interface ${request.key.ifname} already exists in ${request.netns}: if it is an earlier attachment of ${nameOf(request)}, DEL must come before another ADD; if not, CNI_IFNAME must be another name`,
  );
}

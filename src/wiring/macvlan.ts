/**
 * A pod's interface on the NIC itself, or on its VLAN device: a macvlan device in bridge mode. Pods on one NIC reach
 * each other and whatever the wire leads to; the node itself is not reached by it. Neutron has no agent for this: ports
 * stay unbound, and nobody filters.
 */
import { isMissingNamespace } from "../netlink/errors.ts";
import { findLink, type Link } from "../netlink/links.ts";
import { Namespace } from "../netlink/namespace.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { listStations } from "../netlink/stations.ts";
import { forgetInKernel } from "./connections.ts";
import { withLock } from "./lock.ts";
import { createMacvlanEnd, deleteMacvlanEnd, nameMacvlanEnd } from "./macvlan-end.ts";
import { nicProblems } from "./node.ts";
import { isOurs } from "./owner.ts";
import { ensureDevice, type Uplink } from "./uplink.ts";
import { planUplink, type UplinkReason } from "./uplink-plan.ts";
import { removeUnusedVlan, removeUnusedVlans, vlanProblem } from "./uplink-vlan.ts";
import type { PodEnd, PortFacts, Wiring, WiringOptions, WiringPlan } from "./wiring.ts";

export interface MacvlanPlan extends WiringPlan {
  readonly kind: "macvlan";
  /** Where the pod's interface sits. */
  readonly uplink: Uplink;
  readonly mac: string;
  readonly mtu: number;
}

const onTheNic: UplinkReason = {
  refusal: (type) =>
    `macvlan puts pods on a NIC, and a network of type ${type} is on none; ` +
    'use a flat or vlan network, or set plugin.plugin_type to "linuxbridge" or "openvswitch", with Neutron\'s agent',
  visibility: 'with plugin.plugin_type "macvlan" it must be',
};

/** The kernel takes a namespace apart some time after the last process has left it. */
const NAMESPACE_GONE_WITHIN_MS = 1_000;
const LOOK_AGAIN_MS = 10;

export function macvlan(options: WiringOptions): Wiring<MacvlanPlan> {
  return {
    driver: undefined,
    problems: async () => nicProblems({ ...options, neutronAgent: "none" }),
    reachable: async () => undefined,
    // Nobody but the pod can be at its port: there is no host's end, and nobody wires it.
    parking: () => undefined,
    hostEnds: () => [],
    forgetConnections: async (ports) => forgetInKernel(ports),
    tidy: async () => undefined,
    plan: (port) => plan(port, options),
    plug: (made, pod) => plug(made, pod, options),
    ready: async () => "ready",
    carries,
    check: async (made) => check(made),
    unplug: async (made, pod, signal) => unplug(made, pod, signal, options),
    // On the node's side there is nothing of a single port.
    unplugPort: async () => {
      sweep(options);
    },
    unplugHostEnd: async () => undefined,
    sweep: async () => sweep(options),
  };
}

function plan(port: PortFacts, options: WiringOptions): MacvlanPlan {
  const { portId, mac, mtu } = port;
  return { kind: "macvlan", portId, uplink: planUplink(port, options, onTheNic), mac, mtu };
}

async function plug(plan: MacvlanPlan, pod: PodEnd, options: WiringOptions): Promise<string[]> {
  using namespace = Namespace.open(pod.netns);
  using inside = NetlinkSocket.openIn(pod.netns);
  using socket = NetlinkSocket.open();
  await deleteMacvlanEnd(inside, plan, pod.ifname);
  withLock(options.stateDir, () => {
    const parent = ensureDevice(socket, plan.uplink, { purpose: "carry macvlan devices" });
    createMacvlanEnd(socket, plan, parent, namespace);
  });
  nameMacvlanEnd(inside, plan, pod);
  return [];
}

/** What the pod sends leaves at once, if the NIC has a carrier. */
function carries({ uplink }: MacvlanPlan): boolean {
  using socket = NetlinkSocket.open();
  const state = findLink(socket, uplink.device)?.operstate;
  return state === "up" || state === "unknown";
}

function check(plan: MacvlanPlan): string[] {
  using socket = NetlinkSocket.open();
  const { device, nic, vlanId } = plan.uplink;
  const parent = findLink(socket, device);
  const lower = device === nic ? parent : findLink(socket, nic);
  if (!lower) return [`the NIC ${nic} is missing`];
  if (!parent) return [`the VLAN device ${device} is missing`];
  const wrongVlan = vlanId === undefined ? undefined : vlanProblem(parent, lower, vlanId);
  return [
    ...(lower.up ? [] : [`the NIC ${nic} is down`]),
    ...(parent === lower || parent.up ? [] : [`the VLAN device ${device} is down`]),
    ...(wrongVlan === undefined ? [] : [wrongVlan]),
    ...(isStation(socket, parent, plan.mac)
      ? []
      : [`no macvlan device with the MAC ${plan.mac} is up on ${device}`]),
  ];
}

/** Seen from the node, a pod's end that is up is a MAC which the device under it takes in for it. */
function isStation(socket: NetlinkSocket, parent: Link, mac: string): boolean {
  return listStations(socket, parent).includes(mac.toLowerCase());
}

/** Deletes the pod's end, then the VLAN device if it was the last on one of skynet's. */
async function unplug(
  plan: MacvlanPlan,
  pod: PodEnd | undefined,
  signal: AbortSignal,
  options: WiringOptions,
): Promise<void> {
  const isDeleted = pod !== undefined && (await deletePodsEnd(plan, pod));
  const { device, vlanId } = plan.uplink;
  if (vlanId === undefined) return;
  if (!isDeleted) await untilGone(plan, signal);
  using socket = NetlinkSocket.open();
  withLock(options.stateDir, () => removeUnusedVlan(socket, device));
}

async function deletePodsEnd(plan: MacvlanPlan, pod: PodEnd): Promise<boolean> {
  try {
    using inside = NetlinkSocket.openIn(pod.netns);
    return await deleteMacvlanEnd(inside, plan, pod.ifname);
  } catch (error) {
    if (isMissingNamespace(error)) return false;
    throw error;
  }
}

/** Waits for the end of a pod whose namespace the kernel is still taking apart: until then its VLAN device is in use. */
async function untilGone({ uplink, mac }: MacvlanPlan, signal: AbortSignal): Promise<void> {
  using socket = NetlinkSocket.open();
  const until = performance.now() + NAMESPACE_GONE_WITHIN_MS;
  while (performance.now() < until) {
    const parent = findLink(socket, uplink.device);
    if (!parent || !isOurs(parent) || !isStation(socket, parent, mac)) return;
    await Bun.sleep(LOOK_AGAIN_MS);
    signal.throwIfAborted();
  }
}

/** Removes VLAN devices, of whatever kind of wiring, that killed processes or a lost store have left. */
function sweep(options: WiringOptions): string[] {
  using socket = NetlinkSocket.open();
  return withLock(options.stateDir, () => removeUnusedVlans(socket));
}

/** A port in a Linux bridge, under the names that Neutron's linuxbridge agent expects. */
import { findLink, findLinkByIndex, type Link, listLinks } from "../netlink/links.ts";
import { Namespace } from "../netlink/namespace.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { whileBridgeIsThere } from "./bridge.ts";
import { forgetInKernel } from "./connections.ts";
import { parking } from "./linuxbridge/parking.ts";
import { type LinuxbridgePlan, planLinuxbridge } from "./linuxbridge/plan.ts";
import { withLock } from "./lock.ts";
import { tapName } from "./names.ts";
import { nicProblems } from "./node.ts";
import { isOurs } from "./owner.ts";
import { tidy } from "./put-aside.ts";
import { standInProblems } from "./stand-in.ts";
import { ensureUplink, removeUnusedBridge } from "./uplink.ts";
import {
  deleteHostEnds,
  describeHostEnds,
  hostEndCarries,
  listHostEnds,
  plugVeth,
  putOrphansAside,
  removeHostEnd,
  sign,
  vethOf,
} from "./veth.ts";
import type { PodEnd, Wiring, WiringOptions, WiringPlan } from "./wiring.ts";

export function linuxbridge(options: WiringOptions): Wiring<LinuxbridgePlan> {
  return {
    driver: { vifType: "bridge", agent: "neutron-linuxbridge-agent" },
    problems: async () => nicProblems(options),
    reachable: async () => undefined,
    parking: () => (options.neutronAgent === "none" ? undefined : parking(options)),
    hostEnds: describeHostEnds,
    forgetConnections: async (ports) => forgetInKernel(ports),
    tidy,
    plan: (port) => planLinuxbridge(port, options),
    plug: async (made, pod) => plug(made, pod, options),
    // The agent leaves no sign on the node that a port's filters are complete.
    ready: async () => "ask-neutron",
    carries: hostEndCarries,
    check: async (made) => check(made),
    unplug: async (made) => unplug(made, options),
    unplugPort: async (portId) => unplugHostEnd(tapName(portId), options),
    unplugHostEnd: async (hostEnd) => unplugHostEnd(hostEnd, options),
    sweep: async (inUse) => sweep(inUse, options),
  };
}

function plug(plan: LinuxbridgePlan, pod: PodEnd, options: WiringOptions): string[] {
  using namespace = Namespace.open(pod.netns);
  using socket = NetlinkSocket.open();
  return withLock(options.stateDir, () =>
    whileBridgeIsThere(socket, plan.bridge, (bridge) => {
      const uplink = plan.uplink && ensureUplink(socket, bridge, plan.uplink);
      plugVeth(socket, vethOf(plan, namespace, { name: pod.ifname }, bridge), pod.netns);
      sign(socket, plan.hostEnd, pod);
      return uplink && uplink.mtu < plan.mtu ? [tooSmall(uplink, plan)] : [];
    }),
  );
}

function check(plan: LinuxbridgePlan): string[] {
  using socket = NetlinkSocket.open();
  const bridge = findLink(socket, plan.bridge);
  if (!bridge) return [`the bridge ${plan.bridge} is missing`];
  const uplink = plan.uplink && findLink(socket, plan.uplink.device);
  return [
    ...(bridge.up ? [] : [`the bridge ${plan.bridge} is down`]),
    ...portProblems(plan.hostEnd, findLink(socket, plan.hostEnd), bridge),
    ...standInProblems(socket, plan.hostEnd),
    ...(plan.uplink ? portProblems(plan.uplink.device, uplink, bridge) : []),
    ...(uplink && uplink.mtu < plan.mtu ? [tooSmall(uplink, plan)] : []),
  ];
}

/** Deletes the host's end, and with it the pod's; then the bridge, if it was the last in one of skynet's. */
function unplug(plan: LinuxbridgePlan, options: WiringOptions): void {
  using socket = NetlinkSocket.open();
  removeHostEnd(socket, plan.hostEnd);
  const bridge = findLink(socket, plan.bridge);
  if (bridge) retire(socket, bridge, options, plan.uplink?.device);
}

function unplugHostEnd(hostEnd: string, options: WiringOptions): void {
  using socket = NetlinkSocket.open();
  const tap = findLink(socket, hostEnd);
  const bridge = tap?.master === undefined ? undefined : findLinkByIndex(socket, tap.master);
  removeHostEnd(socket, hostEnd);
  if (bridge) retire(socket, bridge, options);
}

function retire(socket: NetlinkSocket, bridge: Link, options: WiringOptions, uplink?: string): void {
  if (isOurs(bridge)) withLock(options.stateDir, () => removeIfUnused(socket, bridge.name, options, uplink));
}

function sweep(inUse: () => Iterable<WiringPlan>, options: WiringOptions): string[] {
  using socket = NetlinkSocket.open();
  const strays = withLock(options.stateDir, () => {
    const used = new Set(Array.from(inUse(), (plan) => plan.hostEnd));
    return listHostEnds(socket).filter((link) => !used.has(link.name));
  });
  putOrphansAside(socket);
  deleteHostEnds(socket, strays);
  return withLock(options.stateDir, () => {
    const bridges = listLinks(socket).filter((link) => link.kind === "bridge" && isOurs(link));
    return [...strays, ...bridges.filter((bridge) => removeIfUnused(socket, bridge.name, options))];
  }).map((link) => link.name);
}

/**
 * Removes the bridge when nothing needs it. With Neutron's agent on the node, whatever has an uplink is the agent's to
 * remove; a bridge without any port the agent has not met yet, or has left.
 */
function removeIfUnused(
  socket: NetlinkSocket,
  name: string,
  options: WiringOptions,
  uplink?: string,
): boolean {
  const bridge = findLink(socket, name);
  if (!bridge) return false;
  const isAgents =
    options.neutronAgent === "required" && listLinks(socket, { master: bridge.index }).length > 0;
  return !isAgents && removeUnusedBridge(socket, bridge, uplink);
}

function portProblems(name: string, link: Link | undefined, bridge: Link): string[] {
  if (!link) return [`the device ${name} is missing`];
  return [
    ...(link.up ? [] : [`the device ${name} is down`]),
    ...(link.master === bridge.index ? [] : [`the device ${name} is not in the bridge ${bridge.name}`]),
  ];
}

function tooSmall(uplink: Link, plan: LinuxbridgePlan): string {
  return `${uplink.name} has an MTU of ${uplink.mtu}, less than the network's ${plan.mtu}: larger packets of pods are lost`;
}

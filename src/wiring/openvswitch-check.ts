/** Whether a port is still in Open vSwitch as it was plugged in. */
import { findLink } from "../netlink/links.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { withDatabase } from "./openvswitch-database.ts";
import { neutronIds, type OpenvswitchPlan } from "./openvswitch-plan.ts";
import { findPort, type SwitchInterface, type SwitchPort } from "./openvswitch-ports.ts";
import { DEAD_VLAN } from "./openvswitch-ready.ts";
import type { WiringOptions } from "./wiring.ts";

/** What differs; empty when nothing does. @throws NetlinkError; WiringError; the signal's reason */
export async function checkPort(
  plan: OpenvswitchPlan,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const bridgeName = plan.bridge ?? "";
  const names = { bridge: bridgeName, port: plan.hostEnd };
  const view = await withDatabase(options, signal, (client, limit) => findPort(client, names, limit));
  const { bridge, port, interface: link } = view;
  const place =
    bridge === undefined
      ? [`the bridge ${bridgeName} is missing from Open vSwitch`]
      : port && !bridge.ports.includes(port.uuid[1])
        ? [`the port ${plan.hostEnd} is not in the bridge ${bridgeName}`]
        : [];
  return [...linkProblems(plan), ...place, ...portProblems(plan, port), ...interfaceProblems(plan, link)];
}

function linkProblems({ hostEnd }: OpenvswitchPlan): string[] {
  using socket = NetlinkSocket.open();
  const link = findLink(socket, hostEnd);
  if (!link) return [`the device ${hostEnd} is missing`];
  return link.up ? [] : [`the device ${hostEnd} is down`];
}

function portProblems({ hostEnd, portId }: OpenvswitchPlan, port: SwitchPort | undefined): string[] {
  if (!port) return [`the port ${hostEnd} is missing from Open vSwitch`];
  return [
    ...(port.mark === portId ? [] : [`the port ${hostEnd} of Open vSwitch is not skynet's`]),
    ...(port.tag === DEAD_VLAN
      ? [`Neutron's agent keeps ${hostEnd} off the network (tag ${DEAD_VLAN})`]
      : []),
  ];
}

function interfaceProblems(plan: OpenvswitchPlan, link: SwitchInterface | undefined): string[] {
  if (!link) return [];
  const { ofport, error, externalIds } = link;
  const different = Object.entries(neutronIds(plan)).filter(([key, value]) => externalIds[key] !== value);
  return [
    ...(error === undefined ? [] : [`ovs-vswitchd: ${error}`]),
    ...(ofport === undefined || ofport < 0 ? [`ovs-vswitchd has not taken up ${plan.hostEnd}`] : []),
    ...different.map(
      ([key, value]) =>
        `external_ids:${key} of the interface ${plan.hostEnd} is ${externalIds[key] ?? "missing"}, not ${value}`,
    ),
  ];
}

/** Whether a port is still in Open vSwitch as it was plugged in. */
import { findLink } from "../../netlink/links.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import { standInProblems } from "../stand-in.ts";
import type { Uplink } from "../uplink.ts";
import type { WiringOptions } from "../wiring.ts";
import { withDatabase } from "./database.ts";
import { neutronIds, type OpenvswitchPlan } from "./plan.ts";
import {
  findPort,
  placeOf,
  readSwitch,
  type SwitchInterface,
  type SwitchPort,
  type SwitchView,
} from "./ports.ts";
import { DEAD_VLAN } from "./ready.ts";
import { vlanColumns } from "./uplink.ts";

/** What differs; empty when nothing does. @throws NetlinkError; WiringError; the signal's reason */
export async function checkPort(
  plan: OpenvswitchPlan,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const { view, found } = await withDatabase(options, signal, async (client, limit) => ({
    view: await readSwitch(client, limit),
    found: await findPort(client, { bridge: "", port: plan.hostEnd }, limit),
  }));
  return [
    ...linkProblems(plan),
    ...placeProblems(plan, view),
    ...portProblems(plan, found.port),
    ...interfaceProblems(plan, found.interface),
    ...mtuProblems(plan),
  ];
}

/** Whether the NIC takes packets as large as the network's. @throws NetlinkError */
export function mtuProblems({ uplink, mtu }: OpenvswitchPlan): string[] {
  if (!uplink) return [];
  using socket = NetlinkSocket.open();
  const nic = findLink(socket, uplink.nic);
  if (!nic || nic.mtu >= mtu) return [];
  return [
    `${nic.name} has an MTU of ${nic.mtu}, less than the network's ${mtu}: larger packets of pods are lost`,
  ];
}

function placeProblems({ hostEnd, bridge: name, uplink }: OpenvswitchPlan, view: SwitchView): string[] {
  const bridge = uplink
    ? placeOf(view, uplink.nic)?.bridge
    : view.bridges.find((candidate) => candidate.name === name);
  if (!bridge) {
    return uplink
      ? [`the NIC ${uplink.nic} is in no bridge of Open vSwitch`]
      : [`the bridge ${name} is missing from Open vSwitch`];
  }
  const place = placeOf(view, hostEnd);
  return place && place.bridge !== bridge ? [`the port ${hostEnd} is not in the bridge ${bridge.name}`] : [];
}

function linkProblems({ hostEnd }: OpenvswitchPlan): string[] {
  using socket = NetlinkSocket.open();
  const link = findLink(socket, hostEnd);
  if (!link) return [`the device ${hostEnd} is missing`];
  return [...(link.up ? [] : [`the device ${hostEnd} is down`]), ...standInProblems(socket, hostEnd)];
}

function portProblems({ hostEnd, portId, uplink }: OpenvswitchPlan, port: SwitchPort | undefined): string[] {
  if (!port) return [`the port ${hostEnd} is missing from Open vSwitch`];
  const mark = port.mark === portId ? [] : [`the port ${hostEnd} of Open vSwitch is not skynet's`];
  return [...mark, ...(uplink ? vlanProblems(port, uplink) : deadProblems(port))];
}

function vlanProblems({ name, vlanMode, tag }: SwitchPort, uplink: Uplink): string[] {
  const wanted = vlanColumns(uplink);
  if (vlanMode === wanted.vlan_mode && tag === wanted.tag) return [];
  const is = `vlan_mode ${vlanMode ?? "missing"} and tag ${tag ?? "missing"}`;
  return [`the port ${name} of Open vSwitch has ${is}, not ${wanted.vlan_mode} and ${wanted.tag}`];
}

function deadProblems({ name, tag }: SwitchPort): string[] {
  return tag === DEAD_VLAN ? [`Neutron's agent keeps ${name} off the network (tag ${DEAD_VLAN})`] : [];
}

function interfaceProblems(plan: OpenvswitchPlan, link: SwitchInterface | undefined): string[] {
  if (!link) return [];
  const { ofport, error, externalIds } = link;
  const wanted = plan.uplink ? {} : neutronIds(plan);
  const different = Object.entries(wanted).filter(([key, value]) => externalIds[key] !== value);
  return [
    ...(error === undefined ? [] : [`ovs-vswitchd: ${error}`]),
    ...(ofport === undefined || ofport < 0 ? [`ovs-vswitchd has not taken up ${plan.hostEnd}`] : []),
    ...different.map(
      ([key, value]) =>
        `external_ids:${key} of the interface ${plan.hostEnd} is ${externalIds[key] ?? "missing"}, not ${value}`,
    ),
  ];
}

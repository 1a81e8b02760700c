/**
 * A port in a bridge of Open vSwitch: the integration bridge, which Neutron's agent or OVN's controller programs, or
 * without those the bridge that the physical network's NIC is in.
 */
import { NetlinkSocket } from "../netlink/socket.ts";
import { forgetInKernel } from "./connections.ts";
import { tapName } from "./names.ts";
import { nicProblems } from "./node.ts";
import { checkPort, mtuProblems } from "./openvswitch/check.ts";
import { forgetInSwitch } from "./openvswitch/connections.ts";
import { untilTakenUp } from "./openvswitch/daemon.ts";
import { openDatabase, withDatabase } from "./openvswitch/database.ts";
import { parking } from "./openvswitch/parking.ts";
import { INTEGRATION_BRIDGE, type OpenvswitchPlan, planOpenvswitch } from "./openvswitch/plan.ts";
import { connectPod, makePort, type Plugging } from "./openvswitch/plug.ts";
import { readSwitch, removePorts, type SwitchBridge, type SwitchPort } from "./openvswitch/ports.ts";
import { untilWired } from "./openvswitch/ready.ts";
import { retireUnusedBridges } from "./openvswitch/retire.ts";
import { switchProblems } from "./openvswitch/status.ts";
import { ensureUplinkBridge, vlanColumns, whileNicsAreOurs } from "./openvswitch/uplink.ts";
import { deletePutAside, tidy } from "./put-aside.ts";
import type { Uplink } from "./uplink.ts";
import {
  deleteHostEnd,
  describeHostEnds,
  hostEndCarries,
  listHostEnds,
  putOrphansAside,
  removeHostEnd,
} from "./veth.ts";
import type { PodEnd, Wiring, WiringOptions, WiringPlan } from "./wiring.ts";

export function openvswitch(options: WiringOptions): Wiring<OpenvswitchPlan> {
  return {
    driver: { vifType: "ovs", agent: "neutron-openvswitch-agent or ovn-controller" },
    problems: async (signal) => [...(await switchProblems(options, signal)), ...nicProblems(options)],
    // A server that hangs still lets clients connect: it must answer something.
    reachable: (signal) =>
      withDatabase(options, signal, async (client, limit) => {
        await client.transact([], limit);
      }),
    // OVN wires a port that is plugged in within 60 ms; Neutron's agent takes a second.
    parking: (plan) => (plan.uplink || plan.ovn ? undefined : parking(options)),
    hostEnds: describeHostEnds,
    forgetConnections: async (ports, signal) => [
      ...forgetInKernel(ports),
      ...(await forgetInSwitch(ports, options, signal)),
    ],
    tidy,
    plan: (port) => planOpenvswitch(port, options),
    plug: (plan, pod, signal) => plug(plan, pod, options, signal),
    ready: (plan, signal) => untilWired(plan, options, signal),
    carries: hostEndCarries,
    check: (plan, signal) => checkPort(plan, options, signal),
    unplug: (plan, _, signal) => unplug(plan.hostEnd, ({ mark }) => mark === plan.portId, options, signal),
    unplugPort: (portId, signal) => unplug(tapName(portId), ({ mark }) => mark === portId, options, signal),
    unplugHostEnd: (hostEnd, signal) => unplug(hostEnd, ({ name }) => name === hostEnd, options, signal),
    sweep: (inUse, signal) => sweep(inUse, options, signal),
  };
}

async function plug(
  plan: OpenvswitchPlan,
  pod: PodEnd,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<string[]> {
  using client = await openDatabase(options, signal);
  const connect = (bridge: SwitchBridge) => connectPod(plan, pod, bridge);
  const plugging: Plugging = { client, options, plan, signal, connect };
  let warnings: string[] = [];
  if (plan.uplink) warnings = await plugBehindNic(plugging, plan.uplink);
  else await makePort(plugging, plan.bridge ?? INTEGRATION_BRIDGE);
  await untilTakenUp(plugging, plan.hostEnd);
  return warnings;
}

function plugBehindNic(plugging: Plugging, uplink: Uplink): Promise<string[]> {
  return whileNicsAreOurs(plugging.options, plugging.signal, async () => {
    const bridge = await ensureUplinkBridge(plugging, uplink);
    await makePort(plugging, bridge.name, vlanColumns(uplink));
    return [...bridge.warnings, ...mtuProblems(plugging.plan)];
  });
}

/** The veth goes first: then the pod is off the network, whatever becomes of the rows. */
async function unplug(
  hostEnd: string,
  isMeant: (port: SwitchPort) => boolean,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<void> {
  deleteLinks(hostEnd);
  const mayBeLast = await withDatabase(options, signal, async (client, limit) => {
    const { bridges, ports } = await readSwitch(client, limit);
    await removePorts(client, ports.filter(isPodsPort).filter(isMeant), limit);
    return bridges.some(({ nicMark }) => nicMark !== undefined);
  });
  if (mayBeLast) await retireUnusedBridges(options, signal);
}

function isPodsPort({ mark }: SwitchPort): boolean {
  return mark !== undefined;
}

function deleteLinks(hostEnd: string): void {
  using socket = NetlinkSocket.open();
  removeHostEnd(socket, hostEnd);
}

/**
 * A plan is stored before anything is made of it: what is listed first, and in no plan read afterwards, is nobody's.
 */
async function sweep(
  inUse: () => Iterable<WiringPlan>,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const unused = <T extends { readonly name: string }>(found: readonly T[]): T[] => {
    const used = new Set(Array.from(inUse(), (plan) => plan.hostEnd));
    return found.filter(({ name }) => !used.has(name));
  };
  const links = sweepLinks(unused);
  const ports = await withDatabase(options, signal, async (client, limit) => {
    const { ports: all } = await readSwitch(client, limit);
    const strays = unused(all.filter(isPodsPort));
    await removePorts(client, strays, limit);
    return strays.map(({ name }) => name);
  });
  return [...new Set([...links, ...ports]), ...(await retireUnusedBridges(options, signal))];
}

function sweepLinks(unused: <T extends { readonly name: string }>(found: readonly T[]) => T[]): string[] {
  using socket = NetlinkSocket.open();
  const strays = unused(listHostEnds(socket));
  const removed = strays.filter((link) => deleteHostEnd(socket, link)).map(({ name }) => name);
  putOrphansAside(socket);
  deletePutAside(socket);
  return removed;
}

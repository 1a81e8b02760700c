/** Connecting a pod to a bridge of Open vSwitch. */
import { Namespace } from "../netlink/namespace.ts";
import { completeChecksums } from "../netlink/offload.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import type { OvsdbClient } from "../ovsdb/client.ts";
import * as v from "../ovsdb/values.ts";
import { WiringError } from "./errors.ts";
import { tapMac } from "./names.ts";
import { answering, within } from "./openvswitch-database.ts";
import { neutronIds, type OpenvswitchPlan } from "./openvswitch-plan.ts";
import {
  addPort,
  findPort,
  type NewPort,
  removePorts,
  SWITCH_LOCK,
  type SwitchBridge,
  type SwitchPort,
  untilInForce,
} from "./openvswitch-ports.ts";
import { SKYNET_MARK } from "./owner.ts";
import { plugVeth } from "./veth.ts";
import type { PodEnd, WiringOptions } from "./wiring.ts";

/** ovs-vswitchd takes up a port in a few milliseconds, unless it is just being restarted. */
const TAKEN_UP_MS = 5_000;
/** Somebody may take the port's name between two requests. */
const PLUG_ATTEMPTS = 3;

/** One plugging, with what all of its steps need. */
export interface Plugging {
  readonly client: OvsdbClient;
  readonly options: WiringOptions;
  readonly plan: OpenvswitchPlan;
  readonly pod: PodEnd;
  readonly signal: AbortSignal;
}

/**
 * Makes the veth and its rows in the bridge, and waits until ovs-vswitchd has taken the port up.
 *
 * @param columns of the table Port beside those that every port of skynet's has
 * @throws WiringError, NamespaceError, NetlinkError
 */
export async function plugInto(plugging: Plugging, bridgeName: string, columns: v.Row = {}): Promise<void> {
  for (let attempt = 1; attempt <= PLUG_ATTEMPTS; attempt++) {
    const bridge = await clearedBridge(plugging, bridgeName);
    makeVeth(plugging, bridge);
    if (await addRows(plugging, bridge, columns)) return await untilTakenUp(plugging);
  }
  throw inUse(plugging.plan.hostEnd);
}

/** The bridge, with nothing in the port's way: what an earlier attempt for the same port left is removed. */
async function clearedBridge(plugging: Plugging, name: string): Promise<SwitchBridge> {
  const { client, options, plan, signal } = plugging;
  const names = { bridge: name, port: plan.hostEnd };
  const { bridge, port } = await answering(options, signal, (limit) => findPort(client, names, limit));
  if (!bridge) {
    throw new WiringError(
      "switch-refused",
      `Open vSwitch has no bridge ${name} on this node; Neutron's agent or ovn-controller makes it: look at its log`,
    );
  }
  if (port) await removeLeftover(plugging, port);
  return bridge;
}

/** A device that is replaced under a name that ovs-vswitchd still has open would carry nothing: it is let go first. */
async function removeLeftover(plugging: Plugging, port: SwitchPort): Promise<void> {
  const { client, options, plan, signal } = plugging;
  if (port.mark !== plan.portId) throw inUse(port.name);
  await answering(options, signal, (limit) => removePorts(client, [port], limit));
  await patiently(plugging, (limit) => untilInForce(client, limit));
}

function makeVeth({ plan, pod }: Plugging, bridge: SwitchBridge): void {
  using namespace = Namespace.open(pod.netns);
  using socket = NetlinkSocket.open();
  const peer = { namespaceFd: namespace.fd, name: pod.ifname, mac: plan.mac };
  const veth = { name: plan.hostEnd, mac: tapMac(plan.mac), mtu: plan.mtu, group: SKYNET_MARK, peer };
  plugVeth(socket, veth, pod.netns);
  if (bridge.datapathType === "netdev") completeChecksums(pod.netns, pod.ifname);
}

function addRows(plugging: Plugging, bridge: SwitchBridge, columns: v.Row): Promise<boolean> {
  const { client, options, plan, signal } = plugging;
  const port: NewPort = {
    name: plan.hostEnd,
    mark: plan.portId,
    columns,
    interfaceColumns: plan.uplink ? {} : { external_ids: v.mapOf(neutronIds(plan)) },
  };
  return answering(options, signal, (limit) => addPort(client, bridge, port, limit));
}

/** ovs-vswitchd gives an interface its number, or tells why it cannot. */
async function untilTakenUp(plugging: Plugging): Promise<void> {
  const { client, plan } = plugging;
  const names = { bridge: "", port: plan.hostEnd };
  const watched = { Interface: { columns: ["ofport", "error"], where: [["name", "==", plan.hostEnd]] } };
  const look = async (limit: AbortSignal) => {
    const { interface: link } = await findPort(client, names, limit);
    if (link === undefined) {
      throw new WiringError(
        "switch-refused",
        `${plan.hostEnd} was removed from Open vSwitch meanwhile; was the pod deleted?`,
      );
    }
    if (link.error !== undefined) throw new WiringError("switch-refused", `ovs-vswitchd: ${link.error}`);
    return link.ofport !== undefined && link.ofport > 0 ? true : undefined;
  };
  await patiently(plugging, (limit) => client.until(watched, () => look(limit), limit));
}

/** Waits for ovs-vswitchd, which the database knows nothing of but what it writes. */
async function patiently(
  { client, options, signal }: Plugging,
  work: (limit: AbortSignal) => Promise<unknown>,
): Promise<void> {
  await within(TAKEN_UP_MS, signal, work, async () => {
    const runs = await answering(options, signal, (limit) => client.isLocked(SWITCH_LOCK, limit));
    const what = runs ? "hangs" : "is not running";
    return new WiringError(
      "switch-unreachable",
      `ovs-vswitchd ${what}: it did not carry out a change within ${TAKEN_UP_MS / 1000} s; see its log on this node`,
    );
  });
}

function inUse(name: string): WiringError {
  return new WiringError(
    "device-in-use",
    `Open vSwitch already has a port ${name} that is not skynet's; remove it with "ovs-vsctl del-port ${name}", its name belongs to this pod`,
  );
}

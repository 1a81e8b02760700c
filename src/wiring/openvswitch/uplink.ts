/**
 * The bridge of Open vSwitch that joins pods to a NIC, where no agent of Neutron's sees to it: the one that the NIC is
 * in, or one of skynet's. What the host had on the NIC then moves to the device of that bridge.
 *
 * Everything here is called under {@link whileNicsAreOurs}, and each step reads anew what there is: a process that was
 * killed anywhere is completed by the next that comes.
 */
import { hasGenericFamily } from "../../netlink/generic.ts";
import { setLink } from "../../netlink/link-changes.ts";
import { findLink, type Link } from "../../netlink/links.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import * as o from "../../ovsdb/operations.ts";
import * as v from "../../ovsdb/values.ts";
import { WiringError } from "../errors.ts";
import { copyAddresses, dropAddresses, isEmpty, moveRoutes, readEstate } from "../estate.ts";
import { setIpv6 } from "../ipv6-setting.ts";
import { whileLocked, withLock } from "../lock.ts";
import { nicBridgeName } from "../names.ts";
import { ensureDevice, inUse, type Uplink } from "../uplink.ts";
import type { WiringOptions } from "../wiring.ts";
import { type Session, untilInForce, untilTakenUp } from "./daemon.ts";
import { answering } from "./database.ts";
import {
  addPort,
  announceChange,
  insertPort,
  isRefusedWith,
  NIC_MARK,
  placeOf,
  readSwitch,
  type SwitchPort,
  type SwitchView,
  TRANSIENT,
} from "./ports.ts";

/** Somebody may put the NIC into a bridge between two requests. */
const ATTEMPTS = 3;
/** The kernel's datapath, as a family of generic netlink (linux/openvswitch.h). */
const DATAPATH_FAMILY = "ovs_datapath";

/** Runs `action` while no other process of skynet's moves NICs in and out of bridges of Open vSwitch. */
export function whileNicsAreOurs<T>(
  options: WiringOptions,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  return whileLocked(options.stateDir, "openvswitch", signal, action);
}

/** The bridge of an uplink, and what the log should tell of it. */
export interface UplinkBridge {
  readonly name: string;
  readonly warnings: readonly string[];
}

/** The bridge that the uplink's NIC is in; made when it is in none. @throws WiringError, NetlinkError */
export async function ensureUplinkBridge(session: Session, uplink: Uplink): Promise<UplinkBridge> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const view = await answering(session.options, session.signal, (limit) =>
      readSwitch(session.client, limit),
    );
    const place = placeOf(view, uplink.nic);
    if (place) requireVlan(place.port, place.bridge.name, uplink);
    if (place && place.bridge.nicMark === undefined) return { name: place.bridge.name, warnings: [] };
    const bridge = place?.bridge.name ?? (await ensureOwnBridge(session, view, uplink));
    if (!place && !(await addNic(session, uplink, bridge))) continue;
    return { name: bridge, warnings: settle(session.options, uplink.nic, bridge) };
  }
  throw new WiringError(
    "device-in-use",
    `who takes ${uplink.nic} out of its bridge of Open vSwitch again and again?`,
  );
}

/**
 * The columns of a pod's port: it is in one VLAN, or in the one of frames without a tag. A port without any would get
 * and could send the frames of all VLANs (ovs-vswitchd.conf.db(5), "VLAN Configuration").
 *
 * One way out of it stays open to a flat pod that may send raw packets: of a frame with a priority tag (VLAN 0) and
 * another tag behind it Open vSwitch takes off the first on the way to the NIC, in every vlan_mode.
 */
export function vlanColumns({ vlanId }: Uplink): { readonly vlan_mode: string; readonly tag: number } {
  return { vlan_mode: "access", tag: vlanId ?? 0 };
}

/** Whether a port passes the frames of a VLAN, or with 0 those without a tag. */
export function passesVlan({ tag, vlanMode, trunks }: SwitchPort, vlan: number): boolean {
  if (vlanMode === "access" || (vlanMode === undefined && tag !== undefined)) return (tag ?? 0) === vlan;
  if (vlanMode?.startsWith("native") && tag === vlan) return true;
  return trunks.length === 0 || trunks.includes(vlan);
}

function requireVlan(port: SwitchPort, bridge: string, uplink: Uplink): void {
  if (passesVlan(port, uplink.vlanId ?? 0)) return;
  const wanted = uplink.vlanId === undefined ? "frames without a VLAN" : `VLAN ${uplink.vlanId}`;
  throw inUse(
    { ...uplink, device: uplink.nic },
    `is a port of ${bridge} that is set up for other VLANs`,
    `carry ${wanted}`,
    `change tag, trunks or vlan_mode of the port ${port.name}`,
  );
}

/** A bridge for the NIC, with its MAC and MTU; the NIC is not in it yet. Answers its name. */
async function ensureOwnBridge(session: Session, view: SwitchView, uplink: Uplink): Promise<string> {
  const { client, options, signal } = session;
  const name = nicBridgeName(uplink.nic);
  const present = view.bridges.find((bridge) => bridge.name === name);
  if (present && present.nicMark !== uplink.nic) throw isInTheWay(name, "a bridge of Open vSwitch");
  // What was just removed under this name is let go first: the NIC may still be held.
  await untilInForce(session);
  const nic = openNic(options, uplink, name);
  if (!present) {
    const operations = newBridge(name, nic, datapathType(view));
    await answering(options, signal, (limit) => client.transact(operations, limit)).catch((error) => {
      throw isRefusedWith(error.cause, "constraint violation") ? isInTheWay(name, "in Open vSwitch") : error;
    });
  }
  await untilTakenUp(session, name);
  withLock(options.stateDir, () => takeAddresses(uplink.nic, name));
  return name;
}

function openNic(options: WiringOptions, uplink: Uplink, bridge: string): Link {
  using socket = NetlinkSocket.open();
  const { vlanId: _, ...wanted } = { ...uplink, device: uplink.nic };
  return withLock(options.stateDir, () =>
    ensureDevice(socket, wanted, { purpose: `join ${bridge} of Open vSwitch` }),
  );
}

function newBridge(name: string, nic: Link, datapathType: string): o.Operation[] {
  const port = {
    name,
    columns: {},
    // The bridge's device follows the smallest MTU of all ports unless it has one of its own.
    interfaceColumns: { type: "internal", mtu_request: nic.mtu },
  };
  const bridge = {
    name,
    ports: v.named("port"),
    datapath_type: datapathType,
    fail_mode: "standalone",
    external_ids: v.mapOf({ [NIC_MARK]: nic.name }),
    other_config: v.mapOf({ hwaddr: nic.mac }),
  };
  return [
    ...insertPort(port),
    o.insert("Bridge", bridge, "bridge"),
    o.mutate("Open_vSwitch", [], ["bridges", "insert", v.named("bridge")]),
    announceChange(),
  ];
}

/** The userspace datapath where the node has nothing else, or the kernel has none. */
function datapathType({ bridges }: SwitchView): string {
  const onlyUserspace = bridges.length > 0 && bridges.every((bridge) => bridge.datapathType === "netdev");
  return onlyUserspace || !hasGenericFamily(DATAPATH_FAMILY) ? "netdev" : "system";
}

/** Answers whether the NIC is in the bridge: not so when somebody else was faster. */
async function addNic(session: Session, uplink: Uplink, bridgeName: string): Promise<boolean> {
  const { client, options, signal } = session;
  const marks = { external_ids: v.mapOf({ [NIC_MARK]: uplink.nic }), other_config: TRANSIENT };
  const port = { name: uplink.nic, columns: marks, interfaceColumns: {} };
  const isAdded = await answering(options, signal, async (limit) => {
    const { bridges } = await readSwitch(client, limit);
    const bridge = bridges.find(({ name }) => name === bridgeName);
    return bridge !== undefined && (await addPort(client, bridge, port, limit));
  });
  if (isAdded) await untilTakenUp(session, uplink.nic);
  return isAdded;
}

/** Completes what the host's addresses and routes need; answers what to warn of. */
function settle(options: WiringOptions, nic: string, bridge: string): string[] {
  return withLock(options.stateDir, () => {
    using socket = NetlinkSocket.open();
    const from = findLink(socket, nic);
    const estate = from && readEstate(socket, from);
    if (!estate || isEmpty(estate)) return [];
    const to = takeAddresses(nic, bridge);
    moveRoutes(socket, estate, to);
    dropAddresses(socket, estate);
    return to.kind === "openvswitch"
      ? []
      : [
          `the host's addresses on ${nic} are now on ${bridge}, which is gone whenever ovs-vswitchd ends: with Open ` +
            "vSwitch's userspace datapath give pods a NIC of their own",
        ];
  });
}

/** The bridge's device, up, with the addresses of the NIC; none of its own. */
function takeAddresses(nicName: string, bridgeName: string): Link {
  using socket = NetlinkSocket.open();
  const bridge = findLink(socket, bridgeName);
  if (!bridge) {
    throw new WiringError(
      "switch-unreachable",
      `${bridgeName}, a device of Open vSwitch's, is not there; is ovs-vswitchd running?`,
    );
  }
  if (!bridge.up) {
    setIpv6(bridgeName, false);
    socket.request(setLink(bridge, { up: true }));
  }
  const nic = findLink(socket, nicName);
  if (nic) copyAddresses(socket, readEstate(socket, nic), bridge);
  return bridge;
}

function isInTheWay(name: string, what: string): WiringError {
  return new WiringError(
    "device-in-use",
    `${name} is already ${what} and is not skynet's; remove or rename it, or put the NIC into it yourself`,
  );
}

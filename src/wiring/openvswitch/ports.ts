/** The rows of a port in Open vSwitch's database: of tables Port and Interface, in a bridge (ovs-vswitchd.conf.db(5)). */
import type { OvsdbClient } from "../../ovsdb/client.ts";
import { OvsdbError } from "../../ovsdb/errors.ts";
import * as o from "../../ovsdb/operations.ts";
import * as v from "../../ovsdb/values.ts";
import { WiringError } from "../errors.ts";

/** Key of a Port's external_ids whose value is the Neutron port it is for. No port without it is ever removed. */
export const PORT_MARK = "skynet";
/** Key in the external_ids of a bridge that skynet made, and of the Port of its uplink; the value is the NIC. */
export const NIC_MARK = "skynet-nic";

/** `ovs-ctl --delete-transient-ports` removes such ports when a node starts: by then no pod is left. */
export const TRANSIENT = v.mapOf({ transient: "true" });

export interface SwitchBridge {
  readonly uuid: v.Uuid;
  readonly name: string;
  /** `netdev`: ovs-vswitchd itself forwards; else the kernel does. */
  readonly datapathType: string;
  /** Identities of its ports. */
  readonly ports: readonly string[];
  /** The NIC that skynet made it for, where it did. */
  readonly nicMark: string | undefined;
}

export interface SwitchPort {
  readonly uuid: v.Uuid;
  readonly name: string;
  readonly tag: number | undefined;
  /** `access`, `trunk`…; without one it follows from the tag. */
  readonly vlanMode: string | undefined;
  /** The VLANs of a trunk; empty for all. */
  readonly trunks: readonly number[];
  /** Identities of its interfaces: several in a bond. */
  readonly interfaces: readonly string[];
  /** The Neutron port it is for, where it is a pod's of skynet's. */
  readonly mark: string | undefined;
  /** The NIC it connects, where skynet did that. */
  readonly nicMark: string | undefined;
}

export interface SwitchInterface {
  readonly uuid: v.Uuid;
  readonly externalIds: Readonly<Record<string, string>>;
  /** -1 for one that ovs-vswitchd could not take up; missing until it has tried. */
  readonly ofport: number | undefined;
  readonly error: string | undefined;
}

/** All rows, as far as it matters who is plugged in where. */
export interface SwitchView {
  readonly bridges: readonly SwitchBridge[];
  readonly ports: readonly SwitchPort[];
  readonly interfaces: readonly { readonly uuid: v.Uuid; readonly name: string }[];
}

/** What there is of a port, by name. */
export interface PortView {
  readonly port: SwitchPort | undefined;
  readonly interface: SwitchInterface | undefined;
}

/** A port to make, of one interface with the same name. */
export interface NewPort {
  readonly name: string;
  /** Of the table Port. */
  readonly columns: v.Row;
  /** Of the table Interface. */
  readonly interfaceColumns: v.Row;
}

const BRIDGE_COLUMNS = ["name", "ports", "datapath_type", "external_ids"];
const PORT_COLUMNS = ["name", "tag", "vlan_mode", "trunks", "interfaces", "external_ids"];
const INTERFACE_COLUMNS = ["external_ids", "ofport", "error"];

/** All that is plugged into anything. @throws OvsdbError */
export async function readSwitch(client: OvsdbClient, signal: AbortSignal): Promise<SwitchView> {
  const [bridges, ports, interfaces] = await client.transact(
    [
      o.select("Bridge", [], BRIDGE_COLUMNS),
      o.select("Port", [], PORT_COLUMNS),
      o.select("Interface", [], ["name"]),
    ],
    signal,
  );
  return {
    bridges: (bridges?.rows ?? []).map(readBridge),
    ports: (ports?.rows ?? []).map(readPort),
    interfaces: (interfaces?.rows ?? []).map(({ _uuid, name }) => ({
      uuid: _uuid,
      name: v.readText(name) ?? "",
    })),
  };
}

/** The port that an interface belongs to, alone or in a bond, and its bridge. */
export function placeOf(
  { bridges, ports, interfaces }: SwitchView,
  name: string,
): { readonly bridge: SwitchBridge; readonly port: SwitchPort } | undefined {
  const link = interfaces.find((candidate) => candidate.name === name);
  const port = link && ports.find((candidate) => candidate.interfaces.includes(link.uuid[1]));
  const bridge = port && bridges.find((candidate) => candidate.ports.includes(port.uuid[1]));
  return bridge && { bridge, port };
}

/** The bridge of that name, and what there is of a port, in any bridge. @throws OvsdbError */
export async function findPort(
  client: OvsdbClient,
  names: { readonly bridge: string; readonly port: string },
  signal: AbortSignal,
): Promise<PortView & { readonly bridge: SwitchBridge | undefined }> {
  const [bridges, ports, interfaces] = await client.transact(
    [
      o.select("Bridge", [["name", "==", names.bridge]], BRIDGE_COLUMNS),
      o.select("Port", [["name", "==", names.port]], PORT_COLUMNS),
      o.select("Interface", [["name", "==", names.port]], INTERFACE_COLUMNS),
    ],
    signal,
  );
  const [bridge] = bridges?.rows ?? [];
  const [port] = ports?.rows ?? [];
  const [link] = interfaces?.rows ?? [];
  return {
    bridge: bridge && readBridge(bridge),
    port: port && readPort(port),
    interface: link && readInterface(link),
  };
}

/**
 * Makes port and interface, unless the bridge is gone. Answers whether that was done: not so when there has come to be
 * another port of that name.
 *
 * @throws OvsdbError; WiringError "switch-refused"
 */
export async function addPort(
  client: OvsdbClient,
  bridge: SwitchBridge,
  port: NewPort,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.transact(
      [
        o.insist("Bridge", [["_uuid", "==", bridge.uuid]], [{ name: bridge.name }]),
        ...insertPort(port),
        o.mutate("Bridge", [["_uuid", "==", bridge.uuid]], ["ports", "insert", v.named("port")]),
        announceChange(),
      ],
      signal,
    );
    return true;
  } catch (error) {
    if (isRefusedWith(error, "timed out")) {
      throw new WiringError(
        "switch-refused",
        `the bridge ${bridge.name} of Open vSwitch was removed meanwhile`,
      );
    }
    if (isRefusedWith(error, "constraint violation")) return false;
    throw error;
  }
}

/** The rows of a port, known as `port` in the transaction. */
export function insertPort({ name, columns, interfaceColumns }: NewPort): o.Operation[] {
  return [
    o.insert("Interface", { ...interfaceColumns, name }, "interface"),
    o.insert("Port", { ...columns, name, interfaces: v.named("interface") }, "port"),
  ];
}

/** Takes ports out of whatever bridge has them; the database forgets what no bridge has. @throws OvsdbError */
export async function removePorts(
  client: OvsdbClient,
  ports: readonly SwitchPort[],
  signal: AbortSignal,
): Promise<void> {
  if (ports.length === 0) return;
  const removals = ports.map(({ uuid }) =>
    o.mutate("Bridge", [["ports", "includes", uuid]], ["ports", "delete", uuid]),
  );
  await client.transact([...removals, announceChange()], signal);
}

/** Counts the configuration on, as every change of it does: ovs-vswitchd repeats the number when it is in force. */
export function announceChange(): o.Operation {
  return o.mutate("Open_vSwitch", [], ["next_cfg", "+=", 1]);
}

export function isRefusedWith(error: unknown, code: string): boolean {
  return error instanceof OvsdbError && error.code === code;
}

function readBridge(row: v.StoredRow): SwitchBridge {
  return {
    uuid: row._uuid,
    name: v.readText(row.name) ?? "",
    datapathType: v.readText(row.datapath_type) ?? "",
    ports: v.readReferences(row.ports),
    nicMark: v.readMap(row.external_ids)[NIC_MARK],
  };
}

function readPort(row: v.StoredRow): SwitchPort {
  return {
    uuid: row._uuid,
    name: v.readText(row.name) ?? "",
    tag: v.readNumber(row.tag),
    vlanMode: v.readText(row.vlan_mode),
    trunks: v.readNumbers(row.trunks),
    interfaces: v.readReferences(row.interfaces),
    mark: v.readMap(row.external_ids)[PORT_MARK],
    nicMark: v.readMap(row.external_ids)[NIC_MARK],
  };
}

function readInterface(row: v.StoredRow): SwitchInterface {
  return {
    uuid: row._uuid,
    externalIds: v.readMap(row.external_ids),
    ofport: v.readNumber(row.ofport),
    error: v.readText(row.error),
  };
}

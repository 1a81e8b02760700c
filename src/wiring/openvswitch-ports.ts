/** The rows of a port in Open vSwitch's database: of tables Port and Interface, in a bridge (ovs-vswitchd.conf.db(5)). */
import type { OvsdbClient } from "../ovsdb/client.ts";
import { OvsdbError } from "../ovsdb/errors.ts";
import * as o from "../ovsdb/operations.ts";
import * as v from "../ovsdb/values.ts";
import { WiringError } from "./errors.ts";

/** Key of a Port's external_ids whose value is the Neutron port it is for. No port without it is ever removed. */
export const PORT_MARK = "skynet";

/** ovs-vswitchd holds this lock as long as it is connected (vswitchd/bridge.c). */
export const SWITCH_LOCK = "ovs_vswitchd";

export interface SwitchBridge {
  readonly uuid: v.Uuid;
  readonly name: string;
  /** `netdev`: ovs-vswitchd itself forwards; else the kernel does. */
  readonly datapathType: string;
  /** Identities of its ports. */
  readonly ports: readonly string[];
  readonly externalIds: Readonly<Record<string, string>>;
}

export interface SwitchPort {
  readonly uuid: v.Uuid;
  readonly name: string;
  readonly tag: number | undefined;
  /** The Neutron port it is for, where it is skynet's. */
  readonly mark: string | undefined;
}

export interface SwitchInterface {
  readonly uuid: v.Uuid;
  readonly externalIds: Readonly<Record<string, string>>;
  /** -1 for one that ovs-vswitchd could not take up; missing until it has tried. */
  readonly ofport: number | undefined;
  readonly error: string | undefined;
}

/** What there is of a port, by name. */
export interface PortView {
  readonly port: SwitchPort | undefined;
  readonly interface: SwitchInterface | undefined;
}

/** Settings of a new port beside its name. */
export interface NewPort {
  readonly name: string;
  readonly mark: string;
  readonly columns: v.Row;
  readonly interfaceColumns: v.Row;
}

const BRIDGE_COLUMNS = ["name", "ports", "datapath_type", "external_ids"];
const PORT_COLUMNS = ["name", "tag", "external_ids"];
const INTERFACE_COLUMNS = ["external_ids", "ofport", "error"];

/** All bridges. @throws OvsdbError */
export async function listBridges(client: OvsdbClient, signal: AbortSignal): Promise<SwitchBridge[]> {
  const [found] = await client.transact([o.select("Bridge", [], BRIDGE_COLUMNS)], signal);
  return (found?.rows ?? []).map(readBridge);
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

/** Every port of skynet's pods. @throws OvsdbError */
export async function listOurPorts(client: OvsdbClient, signal: AbortSignal): Promise<SwitchPort[]> {
  const [found] = await client.transact([o.select("Port", [], PORT_COLUMNS)], signal);
  return (found?.rows ?? []).map(readPort).filter(({ mark }) => mark !== undefined);
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
  const { name, mark } = port;
  try {
    await client.transact(
      [
        o.require("Bridge", [["_uuid", "==", bridge.uuid]], [{ name: bridge.name }]),
        o.insert("Interface", { ...port.interfaceColumns, name }, "interface"),
        o.insert(
          "Port",
          {
            ...port.columns,
            name,
            interfaces: v.named("interface"),
            external_ids: v.mapOf({ [PORT_MARK]: mark }),
          },
          "port",
        ),
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

/** Waits until ovs-vswitchd has carried out all that is configured by now. @throws OvsdbError; the signal's reason */
export async function untilInForce(client: OvsdbClient, signal: AbortSignal): Promise<void> {
  const configuration = async () => {
    const [root] = await client.transact([o.select("Open_vSwitch", [], ["next_cfg", "cur_cfg"])], signal);
    const [row] = root?.rows ?? [];
    return { next: v.readNumber(row?.next_cfg) ?? 0, current: v.readNumber(row?.cur_cfg) ?? 0 };
  };
  const { next, current } = await configuration();
  if (current >= next) return;
  const look = async () => ((await configuration()).current >= next ? true : undefined);
  await client.until({ Open_vSwitch: { columns: ["cur_cfg"], where: [] } }, look, signal);
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
    externalIds: v.readMap(row.external_ids),
  };
}

function readPort(row: v.StoredRow): SwitchPort {
  return {
    uuid: row._uuid,
    name: v.readText(row.name) ?? "",
    tag: v.readNumber(row.tag),
    mark: v.readMap(row.external_ids)[PORT_MARK],
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

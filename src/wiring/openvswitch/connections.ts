/**
 * Connections that ovs-vswitchd tracks where it forwards frames itself: they are in its own memory, and it is asked by its
 * control socket.
 *
 * Each is named whole, as that is understood by every version. Parts of a tuple are understood since 3.1, which aborts when
 * one of them matches ICMPv6; and a zone has the connections of other pods too.
 */
import { formatAddress, parseAddress } from "../../ip.ts";
import { ControlClient } from "../../ovsdb/control.ts";
import { OvsdbError } from "../../ovsdb/errors.ts";
import { WiringError } from "../errors.ts";
import type { PortAddresses, WiringOptions } from "../wiring.ts";
import { addressOf, withDatabase, within } from "./database.ts";
import type { OpenvswitchPlan } from "./plan.ts";
import { placeOf, readSwitch, type SwitchBridge, type SwitchView } from "./ports.ts";
import { nameOf, sourcesOf } from "./tracked.ts";
import { isUserspace } from "./userspace.ts";

/** 100,000 connections are a listing of 16 MB, which is received and looked through in 0.3 s. */
const FORGOTTEN_MS = 5_000;
/** What ovs-vswitchd calls its own datapath, of all bridges together (ofproto/ofproto-dpif.c). */
const USERSPACE = "netdev@ovs-netdev";
/** With the process's number unless its command line says otherwise. */
const CONTROL_SOCKET = /^ovs-vswitchd(\.\d+)?\.ctl$/;

/**
 * Removes the connections that these ports' addresses have opened or answer, in whatever zone. Answers warnings.
 *
 * @throws WiringError "switch-unreachable", "switch-refused"; the signal's reason
 */
export async function forgetInSwitch(
  ports: readonly PortAddresses<OpenvswitchPlan>[],
  options: WiringOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const view = await withDatabase(options, signal, readSwitch);
  const tracked = ports.filter(({ plan }) => isTrackedInSwitch(plan, view));
  const addresses = new Set(tracked.flatMap((port) => port.addresses).map(canonical));
  if (addresses.size === 0) return [];
  const folder = /^unix:(.*)\/[^/]*$/.exec(addressOf(options))?.[1];
  if (folder === undefined) return [outOfReach(options)];
  const hangs = `ovs-vswitchd did not forget connections within ${FORGOTTEN_MS / 1000} s; see its log on this node`;
  await within(
    FORGOTTEN_MS,
    signal,
    (limit) => forget(addresses, folder, limit),
    async () => new WiringError("switch-unreachable", hangs),
  );
  return [];
}

/** A port that waits for its pod may be in no bridge. */
function isTrackedInSwitch({ hostEnd, bridge, uplink }: OpenvswitchPlan, view: SwitchView): boolean {
  const isNamed = ({ name }: SwitchBridge) => name === bridge;
  const place = placeOf(view, uplink?.nic ?? hostEnd)?.bridge ?? view.bridges.find(isNamed);
  return place !== undefined && isUserspace(place);
}

function canonical(address: string): string {
  return formatAddress(parseAddress(address));
}

function outOfReach({ ovsdb }: WiringOptions): string {
  return (
    "ovs-vswitchd still tracks connections of pods that are gone: its control socket is not known, " +
    `as plugin.ovsdb_connection is ${ovsdb}; set that to unix:PATH, with the socket in the folder of ovs-vswitchd's`
  );
}

async function forget(addresses: ReadonlySet<string>, folder: string, signal: AbortSignal): Promise<void> {
  using control = await connect(folder, signal);
  const datapath = await datapathArguments(control, signal);
  const listed = await control.run("dpctl/dump-conntrack", datapath, signal);
  for (const line of listed.split("\n")) {
    if (!sourcesOf(line).some((source) => addresses.has(source))) continue;
    const name = nameOf(line);
    if (name) await remove(control, [...datapath, ...name], signal);
  }
}

/** Sockets of processes that were killed stay behind. */
async function connect(folder: string, signal: AbortSignal): Promise<ControlClient> {
  const { readdir } = await import("node:fs/promises");
  const sockets = (await readdir(folder)).filter((name) => CONTROL_SOCKET.test(name));
  const failures: string[] = [];
  for (const socket of sockets) {
    try {
      return await ControlClient.connect(`${folder}/${socket}`, signal);
    } catch (error) {
      if (!(error instanceof OvsdbError)) throw error;
      failures.push(error.message);
    }
  }
  const found = failures.length === 0 ? `there is no control socket in ${folder}` : failures.join("; ");
  throw new WiringError(
    "switch-unreachable",
    `ovs-vswitchd cannot be told to forget connections, is it running? ${found}`,
  );
}

/** Which datapath is meant: said only where there are several, as 3.1.0 does not understand it. */
async function datapathArguments(control: ControlClient, signal: AbortSignal): Promise<string[]> {
  const datapaths = (await control.run("dpctl/dump-dps", [], signal)).split("\n").filter(Boolean);
  return datapaths.length > 1 ? [USERSPACE] : [];
}

async function remove(control: ControlClient, argv: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await control.run("dpctl/flush-conntrack", argv, signal);
  } catch (error) {
    const hasEnded = error instanceof OvsdbError && error.message.includes("No such file or directory");
    if (!hasEnded) throw error;
  }
}

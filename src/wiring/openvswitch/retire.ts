/** The end of a bridge that skynet made for a NIC: what the host had on the NIC goes back to it. */
import { findLink } from "../../netlink/links.ts";
import { NetlinkSocket } from "../../netlink/socket.ts";
import type { OvsdbClient } from "../../ovsdb/client.ts";
import * as o from "../../ovsdb/operations.ts";
import * as v from "../../ovsdb/values.ts";
import { copyAddresses, dropAddresses, isEmpty, moveRoutes, readEstate } from "../estate.ts";
import { withLock } from "../lock.ts";
import type { WiringOptions } from "../wiring.ts";
import { withDatabase } from "./database.ts";
import { announceChange, isRefusedWith, readSwitch, type SwitchBridge, type SwitchView } from "./ports.ts";
import { whileNicsAreOurs } from "./uplink.ts";

/** Bridges of skynet's that have no port but their own and their NIC's. */
export function unusedBridges({ bridges, ports }: SwitchView): SwitchBridge[] {
  const isOurs = (bridge: SwitchBridge, uuid: string) =>
    ports.some((port) => port.uuid[1] === uuid && (port.name === bridge.name || port.nicMark !== undefined));
  return bridges.filter(
    (bridge) => bridge.nicMark !== undefined && bridge.ports.every((uuid) => isOurs(bridge, uuid)),
  );
}

/**
 * Removes the bridges of skynet's that nobody uses, and answers their names. ovs-vswitchd carries that out when it can;
 * the host's addresses and routes are back on the NIC before.
 *
 * @throws WiringError, NetlinkError; the signal's reason
 */
export function retireUnusedBridges(options: WiringOptions, signal: AbortSignal): Promise<string[]> {
  return whileNicsAreOurs(options, signal, () =>
    withDatabase(options, signal, async (client, limit) => {
      const retired: string[] = [];
      for (const bridge of unusedBridges(await readSwitch(client, limit))) {
        if (!handOver(options, bridge.name, bridge.nicMark)) continue;
        if (await removeBridge(client, bridge, limit)) retired.push(bridge.name);
        else handOver(options, bridge.nicMark, bridge.name);
      }
      return retired;
    }),
  );
}

/** Moves the host's addresses and routes between links. Answers whether they are where they are meant to be. */
function handOver(options: WiringOptions, fromName = "", toName = ""): boolean {
  return withLock(options.stateDir, () => {
    using socket = NetlinkSocket.open();
    const from = findLink(socket, fromName);
    const estate = from && readEstate(socket, from);
    if (!estate || isEmpty(estate)) return true;
    const to = findLink(socket, toName);
    if (!to) return false;
    copyAddresses(socket, estate, to);
    moveRoutes(socket, estate, to);
    dropAddresses(socket, estate);
    return true;
  });
}

/** Answers whether it was removed: not so when somebody has put a port into it meanwhile. */
async function removeBridge(
  client: OvsdbClient,
  bridge: SwitchBridge,
  signal: AbortSignal,
): Promise<boolean> {
  const ports = v.setOf(...bridge.ports.map((uuid): v.Uuid => ["uuid", uuid]));
  try {
    await client.transact(
      [
        o.insist("Bridge", [["_uuid", "==", bridge.uuid]], [{ ports }]),
        o.mutate("Open_vSwitch", [], ["bridges", "delete", bridge.uuid]),
        announceChange(),
      ],
      signal,
    );
    return true;
  } catch (error) {
    if (isRefusedWith(error, "timed out")) return false;
    throw error;
  }
}

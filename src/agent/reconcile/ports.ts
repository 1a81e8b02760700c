/** Neutron's ports on this host that no row of the store knows of. */
import { networkOf, parseDeviceId } from "../../attachment/adopt.ts";
import { isPoolDeviceId, OWNER_TAG } from "../../attachment/identity.ts";
import { LATE_COMMIT_MS } from "../../attachment/release.ts";
import { hasTags, type Port } from "../../openstack/neutron/ports.ts";
import { hostEndOf, occupantOf, otherOwnerOf } from "./claims.ts";
import { type Finding, type Repair, suspect } from "./decision.ts";
import type { Facts } from "./facts.ts";

/** Ports that skynet made, for this cluster and this store's networks, which neither rows nor journal account for. Pure. */
export function unaccountedPorts(facts: Facts): { port: Port; network: string }[] {
  const rows = rowsThatCount(facts);
  const portIds = new Set([...rows, ...facts.journal].map(({ portId }) => portId));
  // Without a port: its creation was not answered yet, or never.
  const deviceIds = new Set(
    [...rows.filter(({ portId }) => portId === undefined), ...facts.journal].map(({ deviceId }) => deviceId),
  );
  return (facts.cloud?.ports ?? [])
    .filter((port) => hasTags(port, [OWNER_TAG, facts.clusterTag]))
    .filter(({ device_id }) => device_id.startsWith(`${OWNER_TAG}:`))
    .filter((port) => !portIds.has(port.id) && !deviceIds.has(port.device_id))
    .flatMap((port) => {
      const network = networkOf(port, facts.networks);
      return network === undefined ? [] : [{ port, network }];
    });
}

/** All rows but those whose port is another's by now. */
function rowsThatCount(facts: Facts): { portId?: string; deviceId: string }[] {
  return [
    ...facts.attachments.filter((attachment) => otherOwnerOf(facts, attachment) === undefined),
    ...facts.hotPorts.filter(({ record }) => occupantOf(facts, record.portId) === undefined),
  ].map(({ record }) => record);
}

/** What is to become of them. Pure. */
export function findPorts(facts: Facts): Finding[] {
  return unaccountedPorts(facts).flatMap(({ port, network }) => judge(facts, port, network) ?? []);
}

function judge(facts: Facts, port: Port, network: string): Finding | undefined {
  const living = findLiving(facts, port, network);
  if (living === "somewhere") return undefined;
  if (living !== undefined) return { repair: living };
  const pool = facts.poolFor(port, network);
  const hadStandIn = hostEndOf(facts, port.id)?.parked === true || isPoolDeviceId(port.device_id);
  if (hadStandIn && pool !== undefined) {
    return {
      repair: { kind: "lost-hot-port", port, network, pool },
      suspicion: suspect(["lost", port.id, port.device_id]),
    };
  }
  return {
    repair: { kind: "stray-port", port, network },
    suspicion: suspect(["stray", port.id, port.device_id], LATE_COMMIT_MS),
  };
}

/** The pod that has the port; "somewhere" when there is one but it cannot be said which, so that nothing is done. */
function findLiving(facts: Facts, port: Port, network: string): Repair | "somewhere" | undefined {
  const occupant = occupantOf(facts, port.id);
  const hostEnd = hostEndOf(facts, port.id);
  const ends = facts.podEnds.filter(({ mac }) => mac === port.mac_address.toLowerCase());
  const isBehind = occupant !== undefined || (hostEnd !== undefined && !hostEnd.parked);
  if (ends.length === 0) return isBehind ? "somewhere" : undefined;
  const device = parseDeviceId(occupant ?? port.device_id);
  const [end, ...others] = ends.filter(({ ifname }) => ifname === device?.ifname);
  if (device === undefined || end === undefined || others.length > 0) return "somewhere";
  return { kind: "lost-attachment", port, key: { network, ...device }, netns: end.netns };
}

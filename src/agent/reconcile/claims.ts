/** Whose each port is, by the node's own signs. */
import { tapName } from "../../wiring/names.ts";
import type { HostEnd } from "../../wiring/wiring.ts";
import type { AttachmentFacts, Facts } from "./facts.ts";

/** The host's end of a port, if there is one. */
export function hostEndOf(facts: Pick<Facts, "hostEnds">, portId: string | undefined): HostEnd | undefined {
  if (portId === undefined) return undefined;
  const name = tapName(portId);
  return facts.hostEnds.find((hostEnd) => hostEnd.name === name);
}

/** Whose pod is behind a port's host's end; undefined: nobody's, or it does not say. */
export function occupantOf(facts: Pick<Facts, "hostEnds">, portId: string | undefined): string | undefined {
  const hostEnd = hostEndOf(facts, portId);
  return hostEnd?.parked ? undefined : hostEnd?.owner;
}

/**
 * Whose the port of a row is, if not the row's: what the host's end says; without that, what Neutron says, unless Neutron
 * has only not been told yet, or the pod has the port's interface.
 */
export function otherOwnerOf(facts: Facts, { record, podEnd }: AttachmentFacts): string | undefined {
  const { portId, deviceId } = record;
  const occupant = occupantOf(facts, portId);
  if (occupant !== undefined) return occupant === deviceId ? undefined : occupant;
  const port = facts.cloud?.ports.find(({ id }) => id === portId);
  const neutronMayLag = record.identityDue !== undefined || record.pool !== undefined;
  if (port === undefined || neutronMayLag || podEnd === "as answered") return undefined;
  return port.device_id === deviceId ? undefined : port.device_id;
}

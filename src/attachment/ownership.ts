/** Whose a port is by now. Ports are recycled, and stores restored from copies: a row may name one that is another's. */
import type { Store } from "../state/index.ts";
import { findHostEnd } from "../wiring/host-end.ts";
import { tapName } from "../wiring/names.ts";

/** What somebody takes for a device's port. */
export interface Claim {
  deviceId: string;
  portId?: string | undefined;
  /** Of the claim's own row in the store: of two rows with one port the younger one is right. */
  createdAt?: number;
}

/**
 * Whose the port is if not the claim's, by the node's own signs alone: first what its host's end says, which no store can
 * contradict, then the store's other rows. Takes two or three small requests to the kernel.
 *
 * @returns the other's device_id, or what else keeps the port; undefined when nothing speaks against the claim
 * @throws NetlinkError
 */
export function otherOwner(store: Store, { deviceId, portId, createdAt = 0 }: Claim): string | undefined {
  if (portId === undefined) return undefined;
  const owner = findHostEnd(tapName(portId))?.owner;
  if (owner !== undefined) return owner === deviceId ? undefined : owner;
  const waits = store.hotPorts.list().some((hot) => hot.portId === portId && hot.state !== "leaving");
  if (waits) return "no pod: it waits for one";
  const isOther = (other: Claim) =>
    other.portId === portId && other.deviceId !== deviceId && (other.createdAt ?? 0) > createdAt;
  return store.attachments.list().find(isOther)?.deviceId;
}

/** Whether the host's end of that name is another's than this device's, or holds a port's place until a pod comes. */
export function isKept(hostEnd: string, deviceId: string): boolean {
  const found = findHostEnd(hostEnd);
  if (found === undefined) return false;
  return found.parked || (found.owner !== undefined && found.owner !== deviceId);
}

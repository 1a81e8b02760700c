import type { CniError } from "../../cni/errors.ts";
import { STATUS_ANNOTATION } from "../../kubernetes/annotation.ts";
import type { EventKind } from "../../kubernetes/event-series.ts";

/** The port that a pod has been given. */
export interface AttachedPort {
  readonly portId: string;
  readonly networkId: string;
  readonly networkName: string;
  /** IP addresses without prefix length. */
  readonly addresses: readonly string[];
  readonly mac: string;
}

export function attachedEvent(port: AttachedPort): EventKind {
  const { portId, networkId, networkName, addresses, mac } = port;
  const message = `${addresses.join(", ")} on network ${networkName} (${networkId}), port ${portId}, MAC ${mac}`;
  return { type: "Normal", reason: "Attached", message };
}

/** The message of the error says what failed, why, and what to do. */
export function failedEvent({ code, message }: Pick<CniError, "code" | "message">): EventKind {
  return { type: "Warning", reason: "AttachFailed", message: `${message} (CNI error ${code})` };
}

/** `skynet/status`, for those who read it by a program. */
export function statusAnnotation(port: AttachedPort): Record<string, string> {
  const { portId, networkId, networkName, addresses, mac } = port;
  const status = { port_id: portId, network_id: networkId, network_name: networkName, addresses, mac };
  return { [STATUS_ANNOTATION]: JSON.stringify(status) };
}

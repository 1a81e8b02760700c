import type { Port } from "../../openstack/neutron/ports.ts";
import type { AttachmentKey, AttachmentRecord, HotPortRecord } from "../../state/index.ts";

/** Everything that a pass may do, by the name it has in reports and metrics. */
export type Repair =
  /** An ADD died: it is taken back. */
  | { kind: "interrupted-add"; record: AttachmentRecord }
  /** A DEL died: it is finished. */
  | { kind: "interrupted-del"; record: AttachmentRecord }
  /** Neither namespace nor host's end is left of an attachment. */
  | { kind: "gone-pod"; record: AttachmentRecord }
  /** A row whose port is another's by now is forgotten. */
  | { kind: "stale-attachment"; record: AttachmentRecord; owner: string }
  | { kind: "stale-hot-port"; record: HotPortRecord; owner: string }
  /** A host's end that was changed is put right. */
  | { kind: "host-end"; record: AttachmentRecord; problems: readonly string[] }
  /** Neutron takes the port for another's. */
  | { kind: "identity"; record: AttachmentRecord; port: Port }
  /** A port without a pod has lost its stand-in, and with it its wiring: it is given up. */
  | { kind: "unparked-hot-port"; record: HotPortRecord }
  /** A port that was given up has not been deleted. */
  | { kind: "leaving-hot-port"; record: HotPortRecord }
  /** A port without a pod is gone from Neutron. */
  | { kind: "gone-hot-port"; record: HotPortRecord }
  /** A living pod that no row knows of gets its row back. */
  | { kind: "lost-attachment"; port: Port; key: AttachmentKey; netns: string }
  /** A port without pod and row goes to the pool that it fits. */
  | { kind: "lost-hot-port"; port: Port; network: string; pool: string }
  /** A port of ours that nothing accounts for is deleted. */
  | { kind: "stray-port"; port: Port; network: string }
  /** Devices of ours that nothing accounts for are removed. */
  | { kind: "stray-device"; names: readonly string[] }
  /** Deletes that had to wait are due. */
  | { kind: "pending-delete"; network: string };

export type RepairKind = Repair["kind"];

/** Repairs that call Neutron, or wait for it. */
export const NEEDS_NEUTRON: ReadonlySet<RepairKind> = new Set([
  "interrupted-add",
  "interrupted-del",
  "gone-pod",
  "identity",
  "gone-hot-port",
  "leaving-hot-port",
  "lost-attachment",
  "lost-hot-port",
  "stray-port",
  "pending-delete",
]);

/** Something that only deleting and making the pod anew can repair. */
export interface Damage {
  readonly key: AttachmentKey;
  /** `namespace/name`, where it is known. */
  readonly pod?: string;
  readonly problems: readonly string[];
}

/**
 * What looks wrong. One with a `suspicion` may be something that is only just happening: it is acted on when a later pass,
 * at least so many milliseconds after the first, finds it still.
 */
export interface Finding {
  readonly repair: Repair;
  readonly suspicion?: { readonly id: string; readonly forMs: number };
}

/** What a pass suspects, and since when, in milliseconds since the epoch. */
export type Suspicions = ReadonlyMap<string, number>;

export interface Decision {
  readonly repairs: readonly Repair[];
  readonly damaged: readonly Damage[];
  /** For the next pass. */
  readonly suspicions: Suspicions;
}

/** Two passes that follow one another at once, such as at the start, are not taken for two. */
const SETTLE_MS = 20_000;

/** The suspicion that something is gone, or nobody's: a later pass will tell. @param forMs in milliseconds, at least */
export function suspect(
  names: readonly (string | number)[],
  forMs = SETTLE_MS,
): { id: string; forMs: number } {
  return { id: names.join(" "), forMs };
}

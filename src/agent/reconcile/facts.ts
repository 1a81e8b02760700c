/** What one pass has found: pure data, so that what follows from it can be decided, and tested, without a node. */
import type { Port } from "../../openstack/neutron/ports.ts";
import type { AttachmentRecord, HotPortRecord, PendingDelete } from "../../state/index.ts";
import type { FoundPodEnd } from "../../wiring/pod-search.ts";
import type { HostEnd } from "../../wiring/wiring.ts";

/** A row of the store, and what of it there is on the node. */
export interface AttachmentFacts {
  readonly record: AttachmentRecord;
  /** Its ADD is still at it. */
  readonly atWork: boolean;
  /** Whether the path of its namespace leads into one. */
  readonly netns: boolean;
  /** Its interface in there, where the row says that there is one. */
  readonly podEnd: "as answered" | "missing" | { readonly mac: string } | "not looked at";
  /** What on the host's side differs from the plan. */
  readonly problems: readonly string[];
}

export interface HotPortFacts {
  readonly record: HotPortRecord;
  /** Undefined where its kind of wiring has no stand-ins, or there is no plan yet. */
  readonly parked: boolean | undefined;
}

/** What Neutron says. */
export interface CloudFacts {
  /** The ports with skynet's tag on this host, of whichever cluster. */
  readonly ports: readonly Port[];
  /** Ports that rows name and that are not there, asked for one by one. */
  readonly gone: ReadonlySet<string>;
}

export interface Facts {
  /** When the pass began, in milliseconds since the epoch. */
  readonly at: number;
  readonly attachments: readonly AttachmentFacts[];
  readonly hotPorts: readonly HotPortFacts[];
  readonly journal: readonly PendingDelete[];
  /** CNI networks with journal entries that are due. */
  readonly due: readonly string[];
  readonly hostEnds: readonly HostEnd[];
  /** Interfaces on this node with the MAC of a port that no row knows. */
  readonly podEnds: readonly FoundPodEnd[];
  /** Undefined while Neutron is away: then nothing is deleted that only Neutron can confirm. */
  readonly cloud: CloudFacts | undefined;
  /** Whether the API server has this pod on the node; undefined: it is not known. */
  readonly podLives: (uid: string) => boolean | undefined;
  /** The pool that a port without a row fits. */
  readonly poolFor: (port: Port, network: string) => string | undefined;
  /** The cluster's tag. */
  readonly clusterTag: string;
  /** The CNI networks that this store is for; ports of others are somebody else's to account for. */
  readonly networks: ReadonlySet<string>;
}

import type { Config } from "../config/load.ts";
import type { Deadline } from "../deadline.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import type { Logger } from "../log.ts";
import type { Neutron } from "../openstack/neutron/client.ts";
import type { PodIdentity, Store } from "../state/index.ts";
import type { Wiring } from "../wiring/wiring.ts";
import type { HotPortSource } from "./hot-port.ts";

/** Everything that an attachment's steps work with; made by the role, a plugin process or the agent. */
export interface World {
  config: Config;
  log: Logger;
  store: Store;
  neutron: Neutron;
  wiring: Wiring;
  /** Tells one Neutron (and project) from another in the store's cache. */
  endpointKey: string;
  /** Whether there is a Neutron, in as little time as that can be found out. */
  ping(signal: AbortSignal): Promise<void>;
  /** The API server, loaded and connected when first needed; undefined when none is configured. */
  kubernetes(): Promise<KubernetesClient | undefined>;
  deadline: Deadline;
  /** What only a process has that outlives its verbs. */
  agent?: Agent;
}

/** The part of the node's agent that attachments use. */
export interface Agent {
  /** Ports that are wired before their pods exist. */
  hotPorts?: HotPortSource;
  /** The annotations of a pod of this node, known without asking; undefined when they are not. */
  annotationsOf?(pod: PodIdentity, signal: AbortSignal): Promise<ReadonlyMap<string, string> | undefined>;
  /** The pod has its port. */
  attached?(pod: PodIdentity, port: PodPort): void;
  /** Runs `work` after the verb was answered; under one name, one at a time, and never fails its caller. */
  later(name: string, work: (signal: AbortSignal) => Promise<void> | void): void;
}

/** The port that a pod has been given, for telling others. */
export interface PodPort {
  readonly portId: string;
  readonly networkId: string;
  readonly networkName: string;
  /** IP addresses without prefix length. */
  readonly addresses: readonly string[];
  readonly mac: string;
}

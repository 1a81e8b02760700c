/**
 * What every kind of wiring does: connect a Neutron port to a pod, on this node, by synchronous changes in the kernel.
 * All of it happens in the network namespace the process runs in, and the pod's.
 */

/** What the wiring has to know of a port and its network. */
export interface PortFacts {
  readonly portId: string;
  readonly networkId: string;
  /** `flat`, `vlan`, `vxlan`…; Neutron tells only those who may see provider attributes. */
  readonly networkType?: string;
  /** Neutron's name of the physical network, for flat and vlan. */
  readonly physicalNetwork?: string;
  /** VLAN id or VNI. */
  readonly segmentationId?: number;
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
}

/** The pod's end: an interface in the network namespace behind a path. */
export interface PodEnd {
  readonly netns: string;
  readonly ifname: string;
}

/** How this node is wired. */
export interface WiringOptions {
  /** Whether Neutron's L2 agent runs here and owns the uplinks of the bridges. */
  readonly neutronAgent: "required" | "none";
  /** NIC of each physical network. */
  readonly physicalNetworks: Readonly<Record<string, string>>;
  /** NIC of the physical networks not listed. */
  readonly trunkNic?: string;
  /** Folder for lock files. */
  readonly stateDir: string;
}

/**
 * What will be made for a port. It is stored before anything is made, as JSON, so that all of it can be removed
 * without Neutron; beyond these members only its own kind reads it.
 */
export interface WiringPlan {
  readonly kind: string;
  readonly portId: string;
  /** Name of the host's end. */
  readonly hostEnd: string;
}

/** One kind of wiring. Every method may be repeated, and run in many processes at a time. */
export interface Wiring<Plan extends WiringPlan = WiringPlan> {
  /** Decides what to make, without touching the node. @throws WiringError */
  plan(port: PortFacts): Plan;
  /**
   * Makes it. The pod's end is there afterwards with name, MAC and MTU, and DOWN. A plug that fails or is killed leaves
   * what `unplug` removes. Answers warnings for the log.
   *
   * @throws WiringError, NamespaceError, NetlinkError
   */
  plug(plan: Plan, pod: PodEnd): string[];
  /** Whether the host's end carries the pod's traffic; a moment passes after the pod's end has come up. @throws NetlinkError */
  ready(plan: Plan): boolean;
  /** What on the host's side differs from the plan; empty when nothing does. @throws NetlinkError */
  check(plan: Plan): string[];
  /** Removes it, whatever of it there is; the pod's namespace may be gone. @throws NetlinkError */
  unplug(plan: Plan, pod?: PodEnd): void;
  /** Removes what there is of a port whose plan is lost. @throws NetlinkError */
  unplugPort(portId: string): void;
  /** The same by the name of the host's end; devices that are not skynet's stay. @throws NetlinkError */
  unplugHostEnd(hostEnd: string): void;
  /**
   * Removes devices of skynet's that no plan accounts for and answers their names. `inUse` is called while nobody can
   * plug: it must answer every plan stored by then.
   *
   * @throws NetlinkError
   */
  sweep(inUse: () => Iterable<WiringPlan>): string[];
}

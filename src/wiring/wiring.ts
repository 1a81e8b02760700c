/**
 * What every kind of wiring does: connect a Neutron port to a pod, on this node. All of it happens in the network
 * namespace the process runs in, and the pod's. To add a kind: one file that makes a {@link Wiring}, one line in
 * `kinds.ts`.
 */

/** How Neutron has bound a port to this node, as far as its policy shows that to skynet's user. */
export interface Binding {
  /** `bridge`, `ovs`, `unbound`, `binding_failed`… */
  readonly vifType: string;
  /** `binding:vif_details`. */
  readonly details: Readonly<Record<string, unknown>>;
}

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
  /** Missing where it is hidden, and before there is a port. */
  readonly binding?: Binding;
}

/** The pod's end: an interface in the network namespace behind a path. */
export interface PodEnd {
  readonly netns: string;
  readonly ifname: string;
  /** Whose it is, at most 255 bytes: written on the host's end (its alias), so that the node itself can tell without a store. */
  readonly owner?: string;
}

/** A host's end as the kernel knows it. */
export interface HostEnd {
  readonly name: string;
  /** What {@link PodEnd.owner} said when it was plugged; missing on a stand-in, and from before it was written. */
  readonly owner?: string;
  /** A stand-in: no pod is behind it. */
  readonly parked: boolean;
}

/** How this node is wired. */
export interface WiringOptions {
  /** Whether Neutron's L2 agent (or OVN's controller) runs here and owns the uplinks. */
  readonly neutronAgent: "required" | "none";
  /** NIC of each physical network. */
  readonly physicalNetworks: Readonly<Record<string, string>>;
  /** NIC of the physical networks not listed. */
  readonly trunkNic?: string;
  /** Where Open vSwitch's database listens: `unix:PATH` or `tcp:HOST:PORT`; default Debian's socket. */
  readonly ovsdb?: string;
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
  /** Name of the host's end; a pod's end that sits on the NIC itself has none. */
  readonly hostEnd?: string;
}

/** The addresses of a port. */
export interface PortAddresses<Plan extends WiringPlan = WiringPlan> {
  readonly plan: Plan;
  /** `10.0.0.5`, `2001:db8::5` */
  readonly addresses: readonly string[];
}

/** Who in Neutron serves a kind of wiring. */
export interface NeutronDriver {
  /** `binding:vif_type` of the ports it binds. */
  readonly vifType: string;
  /** What must run on the node, for messages. */
  readonly agent: string;
}

/**
 * - ready: the port's filters are in force, or nobody makes any
 * - ask-neutron: this node cannot tell, or not all; the port's status does
 */
export type Readiness = "ready" | "ask-neutron";

/**
 * - untouched: what Neutron's agent has wired is as it was, and so are the filters
 * - rewired: there was no stand-in, and one was made: filters are in force when Neutron says ACTIVE once more
 * - remade: the same, but nothing at all was there before, as after a restart of the node: the filters may have gone with it,
 *   and Neutron may say ACTIVE still, for nobody has told it
 */
export type Vacated = "untouched" | "rewired" | "remade";

/**
 * Wiring a port ahead of its pod. A *stand-in* takes the place of the host's end, so that Neutron's agent wires the port
 * and keeps it wired; later the pod is put in its place, and the stand-in back when the pod goes. Filters stay in force
 * all the while. `unplug`, `unplugPort` and `sweep` remove stand-ins like anything else of a port.
 */
export interface Parking<Plan extends WiringPlan = WiringPlan> {
  /** Puts a stand-in in place. May be repeated; a pod that is there is left alone. @throws as `plug` */
  park(plan: Plan, signal: AbortSignal): Promise<void>;
  /** Whether the stand-in is in place, and no pod. @throws NetlinkError */
  isParked(plan: Plan, signal: AbortSignal): Promise<boolean>;
  /**
   * Connects the pod in place of the stand-in: as after `plug`, its end is there with name, MAC and MTU, and DOWN. One
   * that fails or is killed leaves what `unplug` removes and what `vacate` mends. Answers warnings for the log.
   *
   * @throws as `plug`; WiringError "not-parked"
   */
  occupy(plan: Plan, pod: PodEnd, signal: AbortSignal): Promise<string[]>;
  /**
   * Takes the pod off the network and puts the stand-in back. The pod's namespace may be gone. What takes the kernel
   * long is left for {@link Wiring.tidy}. May be repeated.
   *
   * @throws as `unplug`
   */
  vacate(plan: Plan, pod: PodEnd | undefined, signal: AbortSignal): Promise<Vacated>;
}

/**
 * One kind of wiring. Every method may be repeated, and run in many processes at a time; those that wait end with the
 * signal's reason when it is aborted.
 */
export interface Wiring<Plan extends WiringPlan = WiringPlan> {
  /** Missing for a kind that Neutron has no driver for: then ports need not be bound, and nobody filters. */
  readonly driver: NeutronDriver | undefined;
  /** What is wrong with this node for every pod on it. @throws NetlinkError */
  problems(signal: AbortSignal): Promise<string[]>;
  /**
   * How ports of this plan are wired ahead of their pods; undefined where plugging at ADD is quick enough, or nobody but
   * the pod can be at the port.
   */
  parking(plan: Plan): Parking<Plan> | undefined;
  /** Asked before Neutron makes a port in vain. @throws WiringError "switch-unreachable"; the signal's reason */
  reachable(signal: AbortSignal): Promise<void>;
  /** Decides what to make, without touching the node. @throws WiringError */
  plan(port: PortFacts): Plan;
  /**
   * Makes it. The pod's end is there afterwards with name, MAC and MTU, and DOWN. A plug that fails or is killed leaves
   * what `unplug` removes. Answers warnings for the log.
   *
   * @throws WiringError, NamespaceError, NetlinkError
   */
  plug(plan: Plan, pod: PodEnd, signal: AbortSignal): Promise<string[]>;
  /** Waits until the node's own signs say that the port is wired, where there are such signs. @throws WiringError */
  ready(plan: Plan, signal: AbortSignal): Promise<Readiness>;
  /** Whether the host's end carries the pod's traffic; a moment passes after the pod's end has come up. @throws NetlinkError */
  carries(plan: Plan): boolean;
  /** The host's ends that are skynet's, put-aside ones left out. @throws NetlinkError */
  hostEnds(): HostEnd[];
  /** What on the host's side differs from the plan; empty when nothing does. @throws NetlinkError */
  check(plan: Plan, signal: AbortSignal): Promise<string[]>;
  /**
   * Removes it, whatever of it there is; the pod's namespace may be gone. The pod is off the network before anything is
   * asked of a daemon.
   *
   * @throws NetlinkError; WiringError "switch-unreachable": the rest is to be removed later, by the same call
   */
  unplug(plan: Plan, pod: PodEnd | undefined, signal: AbortSignal): Promise<void>;
  /** Removes what there is of a port whose plan is lost. @throws as `unplug` */
  unplugPort(portId: string, signal: AbortSignal): Promise<void>;
  /** The same by the name of the host's end; devices that are not skynet's stay. @throws as `unplug` */
  unplugHostEnd(hostEnd: string, signal: AbortSignal): Promise<void>;
  /**
   * Removes devices of skynet's that no plan accounts for and answers their names. `inUse` is called while nobody can
   * plug: it must answer every plan stored by then.
   *
   * @throws as `unplug`
   */
  sweep(inUse: () => Iterable<WiringPlan>, signal: AbortSignal): Promise<string[]>;
  /**
   * Makes whoever tracks connections on this node forget those that the addresses of ports have opened or answer: what was
   * allowed once stays allowed, and must not stay so for the next pod. Answers warnings for the log.
   *
   * @throws NetlinkError; WiringError "switch-unreachable", "switch-refused": they may still be tracked
   */
  forgetConnections(ports: readonly PortAddresses<Plan>[], signal: AbortSignal): Promise<string[]>;
  /** Removes at once what `occupy` and `vacate` of all ports have put aside. May be repeated. @throws NetlinkError */
  tidy(signal: AbortSignal): Promise<void>;
}

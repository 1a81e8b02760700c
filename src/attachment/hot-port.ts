/** A pod's port out of those that were made, and where that is worth it wired, before there was a pod. */
import type { Port } from "../openstack/neutron/ports.ts";
import type { AttachmentRecord, AttemptKey } from "../state/index.ts";
import type { WiringPlan } from "../wiring/wiring.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

/** What ports of one pool have in common: all that a pod can ask for without naming an address. */
export interface HotPortSpec {
  readonly networkId: string;
  /** The subnet to take an address of; absent: one of each family. */
  readonly subnetId?: string;
  /** Sorted. */
  readonly securityGroups: readonly string[];
  /** Absent: as Neutron has it. */
  readonly portSecurity?: boolean;
}

/** A port that an ADD has claimed: its row says so already. */
export interface HotPort {
  readonly port: Port;
  readonly plan: WiringPlan;
}

/** Where an ADD finds ports that are ready, and a DEL leaves them. */
export interface HotPortSource {
  /** Remembers that a pod asks for such a port: there will be more of them. */
  wanted(world: World, network: string, spec: HotPortSpec): void;
  /** Whether the port of an attachment that is being removed is of use to another pod. */
  takesBack(world: World, record: AttachmentRecord): boolean;
  /** A port has come back, by `store.hotPorts.takeBack`. */
  returned(world: World): void;
  /** A pod has one of them and its answer: Neutron is to be told whose the port is. */
  attached(world: World): void;
  /** Neutron has no more room: ports without a pod are given up for those that have one. @returns whether any was */
  makeRoom(world: World, target: Target, shortage: Shortage): Promise<boolean>;
}

/** What Neutron has no more of: ports of the project, or addresses of the target's network. */
export type Shortage = "quota" | "addressesExhausted";

/** What of a pool a target is; undefined for one that names an address: no port can have been made for it. */
export function specOf(target: Target): HotPortSpec | undefined {
  if (target.mac !== undefined) return undefined;
  const wishes = target.fixedIps ?? [];
  if (wishes.length > 1 || wishes.some(({ ip_address }) => ip_address !== undefined)) return undefined;
  const subnetId = wishes[0]?.subnet_id;
  return {
    networkId: target.network.id,
    ...(subnetId === undefined ? {} : { subnetId }),
    securityGroups: [...target.securityGroups].sort(),
    ...(target.portSecurity === undefined ? {} : { portSecurity: target.portSecurity }),
  };
}

/** The name of a pool in the store: which Neutron and project, which CNI network, and what its ports are. */
export function poolKey(endpointKey: string, network: string, spec: HotPortSpec): string {
  const { networkId, subnetId = "", securityGroups, portSecurity = "" } = spec;
  const text = [endpointKey, network, networkId, subnetId, securityGroups.join(","), portSecurity].join("|");
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 24);
}

/** The pool that a port for this target goes to when its pod is gone; undefined when there is none for it. */
export function poolOf(world: World, network: string, target: Target): string | undefined {
  const spec = world.agent?.hotPorts === undefined ? undefined : specOf(target);
  return spec && poolKey(world.endpointKey, network, spec);
}

/**
 * Claims a port for an ADD, if one is ready.
 *
 * @returns "overtaken" when a DEL has taken the attachment over
 */
export function claimHotPort(
  world: World,
  key: AttemptKey,
  target: Target,
): HotPort | "overtaken" | undefined {
  const spec = specOf(target);
  if (spec === undefined || world.agent?.hotPorts === undefined) return undefined;
  world.agent.hotPorts.wanted(world, key.network, spec);
  const claimed = world.store.hotPorts.claim(poolKey(world.endpointKey, key.network, spec), key);
  if (typeof claimed !== "object") return claimed;
  return { port: claimed.port as Port, plan: claimed.wiring as WiringPlan };
}

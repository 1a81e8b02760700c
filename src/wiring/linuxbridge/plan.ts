import type { VethSettings } from "../../netlink/link-changes.ts";
import type { Link } from "../../netlink/links.ts";
import type { Namespace } from "../../netlink/namespace.ts";
import { bridgeName, tapMac, tapName } from "../names.ts";
import { SKYNET_MARK } from "../owner.ts";
import type { Uplink } from "../uplink.ts";
import { planUplink } from "../uplink-plan.ts";
import type { PortFacts, WiringOptions, WiringPlan } from "../wiring.ts";

export interface LinuxbridgePlan extends WiringPlan {
  readonly kind: "linuxbridge";
  readonly hostEnd: string;
  readonly bridge: string;
  readonly mac: string;
  readonly mtu: number;
  /** Missing where Neutron's agent puts NIC, VLAN or vxlan device into the bridge. */
  readonly uplink?: Uplink;
}

export function planLinuxbridge(port: PortFacts, options: WiringOptions): LinuxbridgePlan {
  return {
    kind: "linuxbridge",
    portId: port.portId,
    hostEnd: tapName(port.portId),
    bridge: bridgeName(port.networkId),
    mac: port.mac,
    mtu: port.mtu,
    ...(options.neutronAgent === "none" ? { uplink: planUplink(port, options) } : {}),
  };
}

/** The veth of a port: this end in the bridge, the other in a namespace. */
export function vethOf(
  plan: LinuxbridgePlan,
  bridge: Link,
  namespace: Namespace,
  peer: { readonly name: string; readonly group?: number },
): VethSettings {
  return {
    name: plan.hostEnd,
    mac: tapMac(plan.mac),
    mtu: plan.mtu,
    bridge: bridge.index,
    group: SKYNET_MARK,
    peer: { namespaceFd: namespace.fd, ...peer, mac: plan.mac },
  };
}

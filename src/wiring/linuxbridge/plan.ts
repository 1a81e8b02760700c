import { bridgeName, tapName } from "../names.ts";
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

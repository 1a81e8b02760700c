import { WiringError } from "../errors.ts";
import { tapName } from "../names.ts";
import type { Uplink } from "../uplink.ts";
import { planUplink } from "../uplink-plan.ts";
import type { Binding, PortFacts, WiringOptions, WiringPlan } from "../wiring.ts";

export interface OpenvswitchPlan extends WiringPlan {
  readonly kind: "openvswitch";
  readonly hostEnd: string;
  /** The integration bridge. Missing where skynet finds the bridge by the NIC that is in it. */
  readonly bridge?: string;
  readonly mac: string;
  readonly mtu: number;
  /** Missing where Neutron's agent or OVN connects the integration bridge to the outside. */
  readonly uplink?: Uplink;
}

/** What Neutron's agent and OVN's controller both call theirs unless told otherwise. */
export const INTEGRATION_BRIDGE = "br-int";

/** @throws WiringError "unsupported-binding", and as `planUplink` */
export function planOpenvswitch(port: PortFacts, options: WiringOptions): OpenvswitchPlan {
  return {
    kind: "openvswitch",
    portId: port.portId,
    hostEnd: tapName(port.portId),
    mac: port.mac,
    mtu: port.mtu,
    ...(options.neutronAgent === "none"
      ? { uplink: planUplink(port, options) }
      : { bridge: integrationBridge(port.binding) }),
  };
}

/** Keys of `binding:vif_details` for the vif_type `ovs` (neutron_lib/api/definitions/portbindings.py). */
function integrationBridge(binding: Binding | undefined): string {
  const details = binding?.details ?? {};
  if (details.ovs_hybrid_plug === true) {
    throw new WiringError(
      "unsupported-binding",
      "Neutron wants a Linux bridge between pod and Open vSwitch (ovs_hybrid_plug), for filters made with iptables; " +
        "that is not supported: set firewall_driver = openvswitch in section [securitygroup] of the agent's configuration",
    );
  }
  const { bridge_name: name } = details;
  return typeof name === "string" && name !== "" ? name : INTEGRATION_BRIDGE;
}

/** What Neutron's agent and OVN's controller know a port by (ovs-vswitchd.conf.db(5), "Common Columns"). */
export function neutronIds(plan: OpenvswitchPlan): Record<string, string> {
  return { "iface-id": plan.portId, "attached-mac": plan.mac, "iface-status": "active" };
}

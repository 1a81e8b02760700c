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
  /** Neutron's binding tells that OVN wires the port. */
  readonly ovn?: true;
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
      : { bridge: integrationBridge(port.binding), ...(isOvns(port.binding) ? { ovn: true } : {}) }),
  };
}

/**
 * OVN names itself when the port is read, not when it is made; before Neutron 24 it never names a bridge. Neutron's Open
 * vSwitch agent always does (ml2/drivers/openvswitch/mech_driver/mech_openvswitch.py, get_vif_details).
 */
function isOvns(binding: Binding | undefined): boolean {
  if (!binding) return false;
  const { bound_drivers: drivers, bridge_name: bridge } = binding.details;
  return bridge === undefined || Object.values(drivers ?? {}).includes("ovn");
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

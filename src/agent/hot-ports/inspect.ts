import type { HotPortSpec } from "../../attachment/hot-port.ts";
import type { Port } from "../../openstack/neutron/ports.ts";

/**
 * Why a port must not be given to another pod, in two or three words; undefined: it may.
 *
 * @param before as it was last seen
 * @param now as Neutron has it; undefined: it has not
 */
export function complaintOf(spec: HotPortSpec, before: Port, now: Port | undefined): string | undefined {
  if (now === undefined) return "gone from Neutron";
  if (!hasGroupsOf(spec, now)) return "security groups changed";
  if (now.project_id !== before.project_id) return "project changed";
  if (now.port_security_enabled !== (spec.portSecurity ?? before.port_security_enabled)) {
    return "port security changed";
  }
  // No port of a pool is made with any: they are what somebody has allowed a former pod.
  if ((now.allowed_address_pairs ?? []).length > 0) return "other addresses allowed";
  if (now["binding:host_id"] !== before["binding:host_id"]) return "bound to another host";
  if (now["binding:vif_type"] !== before["binding:vif_type"]) return "bound otherwise";
  if (now.mac_address !== before.mac_address) return "MAC address changed";
  if (!now.admin_state_up) return "administratively down";
  return now.status === "ERROR" ? "in status ERROR" : undefined;
}

/** Whether a port is in exactly the security groups of its pool. */
export function hasGroupsOf({ securityGroups }: HotPortSpec, port: Port): boolean {
  return securityGroups.join() === [...port.security_groups].sort().join();
}

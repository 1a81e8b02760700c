/** PUT /v2.0/ports/{id} */
import { scheduleActivation } from "./activation.ts";
import type { WantedIp } from "./address-wishes.ts";
import type { Item } from "./attributes.ts";
import { bind, isBound } from "./binding.ts";
import type { Cloud } from "./cloud.ts";
import { networkNotFound, portBound, portHasSecurityGroup, portSecurityRequired } from "./errors.ts";
import { reallocate } from "./fixed-ips.ts";
import { type ApiRequest, ok, type Reply } from "./http.ts";
import type { Network, Port } from "./model.ts";
import { adminOnly, networkOwnerOnly } from "./policy.ts";
import { chooseMac, requireGroups } from "./port-create.ts";
import { PORT_ADMIN_ATTRIBUTES, portAttributes, portType, storeGroups } from "./ports.ts";
import { differences, prepareUpdate } from "./resource.ts";

export function updatePort(cloud: Cloud, request: ApiRequest): Reply {
  const { row, changes } = prepareUpdate(cloud, portType, request);
  const network = cloud.networks.get(row.network_id);
  if (network === undefined) throw networkNotFound(row.network_id);
  adminOnly(request.caller, "port", "update", changes, portAttributes, PORT_ADMIN_ATTRIBUTES);
  networkOwnerOnly(request.caller, "update", changes, network.project_id);
  const updated = cloud.db.transaction(() => applyChanges(cloud, row, network, changes))();
  const reply = ok({ port: portType.present(cloud, updated, request.caller) });
  afterUpdate(cloud, updated);
  return reply;
}

function applyChanges(cloud: Cloud, row: Port, network: Network, changes: Item): Port {
  const { fixed_ips: wanted, security_groups: groups, ...plain } = changes;
  checkSecurity(row, changes);
  if (plain.mac_address !== undefined && plain.mac_address !== row.mac_address) {
    changeMac(cloud, row, String(plain.mac_address));
  }
  let moved = false;
  if (wanted !== undefined) {
    reallocate(cloud, row, wanted as WantedIp[]);
    moved = true;
  }
  if (Array.isArray(groups)) {
    const chosen = requireGroups(cloud, groups as string[]);
    moved ||= !Bun.deepEquals(chosen.toSorted(), row.security_groups);
    storeGroups(cloud, row.id, chosen);
  }
  const different: Partial<Port> = differences(row, plain);
  const host = different["binding:host_id"];
  if (host !== undefined) Object.assign(different, bind(cloud, network, host), { status: "DOWN" });
  if (moved || Object.keys(different).length > 0) cloud.ports.update(row.id, different);
  return cloud.ports.get(row.id) ?? row;
}

/**
 * A change of a port whose binding failed makes Neutron try again behind the answer's back; when that fails too, the
 * revision has moved once more than the answer says.
 */
function afterUpdate(cloud: Cloud, port: Port): void {
  if (port["binding:vif_type"] !== "binding_failed") {
    scheduleActivation(cloud, port);
    return;
  }
  const network = cloud.networks.get(port.network_id);
  if (network === undefined) return;
  cloud.ports.update(port.id, bind(cloud, network, port["binding:host_id"]));
  const again = cloud.ports.get(port.id);
  if (again !== undefined) scheduleActivation(cloud, again);
}

function checkSecurity(row: Port, changes: Item): void {
  const enabled = (changes.port_security_enabled as boolean | undefined) ?? row.port_security_enabled;
  if (enabled) return;
  const groups = changes.security_groups;
  if (Array.isArray(groups) && groups.length > 0) throw portSecurityRequired();
  if (groups === undefined && row.security_groups.length > 0) throw portHasSecurityGroup();
}

function changeMac(cloud: Cloud, row: Port, mac: string): void {
  if (isBound(row)) throw portBound(row.id, row["binding:vif_type"], row.mac_address, mac);
  chooseMac(cloud, row.network_id, mac);
}

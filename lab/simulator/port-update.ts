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

/** What Neutron keeps in other tables than the port's own. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "fixed_ips",
  "security_groups",
  "binding:host_id",
  "binding:profile",
  "binding:vnic_type",
  "description",
  "dns_name",
]);

export function updatePort(cloud: Cloud, request: ApiRequest): Reply {
  const { row, changes } = prepareUpdate(cloud, portType, request);
  const network = cloud.networks.get(row.network_id);
  if (network === undefined) throw networkNotFound(row.network_id);
  adminOnly(request.caller, "port", "update", changes, portAttributes, PORT_ADMIN_ATTRIBUTES);
  networkOwnerOnly(request.caller, "update", changes, network.project_id);
  const movesAgain = cloud.db.transaction(() => applyChanges(cloud, row, network, changes))();
  const updated = cloud.ports.get(row.id) ?? row;
  const reply = ok({ port: portType.present(cloud, updated, request.caller) });
  if (movesAgain) cloud.ports.update(row.id, {});
  afterUpdate(cloud, updated);
  return reply;
}

/**
 * The revision moves with every update, even with one that changes nothing; when that names nothing of the port's own table,
 * then behind the answer's back, and after a description alone or a new host once more.
 * @returns whether it moves behind the answer's back
 */
function applyChanges(cloud: Cloud, row: Port, network: Network, changes: Item): boolean {
  const { fixed_ips: wanted, security_groups: groups, ...plain } = changes;
  checkSecurity(row, changes);
  if (plain.mac_address !== undefined && plain.mac_address !== row.mac_address) {
    changeMac(cloud, row, String(plain.mac_address));
  }
  if (wanted !== undefined) reallocate(cloud, row, wanted as WantedIp[]);
  if (Array.isArray(groups)) storeGroups(cloud, row.id, requireGroups(cloud, groups as string[]));
  const different: Partial<Port> = differences(row, plain);
  const host = different["binding:host_id"];
  if (host !== undefined) Object.assign(different, bind(cloud, network, host), { status: "DOWN" });
  const isOwn = Object.keys(changes).some((name) => !ELSEWHERE.has(name));
  const isDescribed = plain.description !== undefined;
  const moves = isOwn || isDescribed || Object.keys(different).length > 0 || hasMoved(cloud, row);
  if (moves) cloud.ports.update(row.id, different);
  return !moves || (isDescribed && !isOwn) || (host ?? "") !== "";
}

/** Whether the port has other addresses or security groups than `row` says. */
function hasMoved(cloud: Cloud, row: Port): boolean {
  const now = cloud.ports.get(row.id);
  return (
    !Bun.deepEquals(now?.fixed_ips, row.fixed_ips) ||
    !Bun.deepEquals(now?.security_groups, row.security_groups)
  );
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

/** POST /v2.0/ports, one or many: addresses, MAC, security groups, tags and binding in one transaction. */
import { scheduleActivation } from "./activation.ts";
import type { WantedIp } from "./address-wishes.ts";
import type { Item } from "./attributes.ts";
import { bind } from "./binding.ts";
import type { Cloud } from "./cloud.ts";
import { macInUse, networkNotFound, portSecurityRequired, securityGroupNotFound } from "./errors.ts";
import { allocate } from "./fixed-ips.ts";
import type { ApiRequest, Caller, Reply } from "./http.ts";
import type { Network, Port } from "./model.ts";
import { networkType } from "./networks.ts";
import { adminOnly, networkOwnerOnly } from "./policy.ts";
import { acceptsTags, PORT_ADMIN_ATTRIBUTES, portAttributes, portType, storeGroups } from "./ports.ts";
import { createAll, findById } from "./resource.ts";
import { ensureDefaultGroup } from "./security-groups.ts";
import { storeTags } from "./tags.ts";

export function createPorts(cloud: Cloud, request: ApiRequest): Reply {
  const made: Port[] = [];
  const reply = createAll(cloud, portType, request, (item) => {
    const port = createPort(cloud, item, request.caller);
    made.push(port);
    return port;
  });
  for (const port of made) {
    if (port["binding:host_id"] !== "") cloud.ports.update(port.id, {}); // Bound behind the answer's back.
    scheduleActivation(cloud, port);
  }
  return reply;
}

/** Makes one port from a checked item; call it inside a transaction. */
export function createPort(cloud: Cloud, item: Item, caller: Caller): Port {
  const network = findById(cloud, networkType, String(item.network_id), caller);
  refuseForeignNetwork(network, item, caller);
  adminOnly(caller, "port", "create", item, portAttributes, PORT_ADMIN_ATTRIBUTES);
  networkOwnerOnly(caller, "create", item, network.project_id);
  const { tags, fixed_ips: wanted, security_groups: groups, ...attributes } = item;
  const owner = String(item.device_owner ?? "");
  const security = (item.port_security_enabled as boolean | undefined) ?? defaultSecurity(network, owner);
  const host = String(item["binding:host_id"] ?? "");
  const port = cloud.ports.insert({
    ...(attributes as unknown as Port),
    mac_address: chooseMac(cloud, network.id, item.mac_address as string | undefined),
    status: "DOWN",
    port_security_enabled: security,
    "binding:host_id": host,
    "binding:profile": (item["binding:profile"] as Record<string, unknown> | undefined) ?? {},
    ip_allocation: Array.isArray(wanted) && wanted.length === 0 ? "none" : "immediate",
    ...bind(cloud, network, host),
  });
  allocate(cloud, port, wanted as WantedIp[] | undefined);
  storeGroups(cloud, port.id, chooseGroups(cloud, item, security, owner));
  if (Array.isArray(tags) && tags.length > 0 && acceptsTags(cloud)) {
    storeTags(cloud, port.id, tags);
    cloud.ports.update(port.id, {});
  }
  return cloud.ports.get(port.id) ?? port;
}

/** @throws ApiError 404 for a group that is not there */
export function requireGroups(cloud: Cloud, groups: readonly string[]): string[] {
  const missing = groups.find((id) => cloud.securityGroups.get(id) === undefined);
  if (missing !== undefined) throw securityGroupNotFound(missing);
  return [...groups];
}

function chooseGroups(cloud: Cloud, item: Item, security: boolean, owner: string): string[] {
  const given = item.security_groups as string[] | null | undefined;
  const fallback = ensureDefaultGroup(cloud, String(item.project_id));
  if (!security) {
    if (given !== undefined && given !== null && given.length > 0) throw portSecurityRequired();
    return [];
  }
  if (given !== undefined && given !== null) return requireGroups(cloud, given);
  return owner.startsWith("network:") ? [] : [fallback];
}

function defaultSecurity(network: Network, owner: string): boolean {
  return network.port_security_enabled && !owner.startsWith("network:");
}

/** Free on this network; Neutron's base MAC is fa:16:3e. */
export function chooseMac(cloud: Cloud, networkId: string, wanted: string | undefined): string {
  const isTaken = (mac: string): boolean =>
    cloud.ports.count("network_id = ? AND mac_address = ?", [networkId, mac]) > 0;
  if (wanted !== undefined) {
    if (isTaken(wanted)) throw macInUse(networkId, wanted);
    return wanted;
  }
  for (;;) {
    const tail = [...crypto.getRandomValues(new Uint8Array(3))].map((byte) =>
      byte.toString(16).padStart(2, "0"),
    );
    const mac = `fa:16:3e:${tail.join(":")}`;
    if (!isTaken(mac)) return mac;
  }
}

/** A network that is seen only because it is shared takes ports; one of another project that is not, is not there. */
function refuseForeignNetwork(network: Network, item: Item, caller: Caller): void {
  if (caller.isAdmin || network.shared || network.project_id === item.project_id) return;
  throw networkNotFound(network.id);
}

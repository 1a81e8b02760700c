/**
 * Neutron's default policy, as far as pods' ports meet it: attributes for admins only, and attributes for the
 * project that owns the network (neutron/conf/policies/{network,port}.py).
 */
import type { Attributes, Item } from "./attributes.ts";
import { policyNotAuthorized } from "./errors.ts";
import type { Caller } from "./http.ts";

/** @throws ApiError 403 when somebody else than an admin sets one of the attributes to other than its default */
export function adminOnly(
  caller: Caller,
  resource: string,
  action: "create" | "update",
  item: Item,
  attributes: Attributes,
  names: readonly string[],
): void {
  if (caller.isAdmin) return;
  const rule = `rule:${action}_${resource}`;
  for (const name of names) {
    if (!(name in item)) continue;
    if (action === "create" && Bun.deepEquals(item[name], attributes[name]?.fallback)) continue;
    throw policyNotAuthorized(`(${rule} and ${rule}:${name})`);
  }
}

/**
 * What a port in somebody else's (shared) network may not ask for: its own address or MAC, no port security, an
 * owner of the kind `network:`.
 */
export function networkOwnerOnly(
  caller: Caller,
  action: "create" | "update",
  item: Item,
  networkProject: string,
): void {
  if (caller.isAdmin || caller.projectId === networkProject) return;
  const rule = `rule:${action}_port`;
  const fixedIps = Array.isArray(item.fixed_ips) ? (item.fixed_ips as Item[]) : [];
  if (fixedIps.some((fixed) => fixed.ip_address !== undefined)) {
    throw policyNotAuthorized(`(${rule} and (${rule}:fixed_ips and (${rule}:fixed_ips:ip_address)))`);
  }
  for (const name of ["mac_address", "port_security_enabled"]) {
    if (item[name] !== undefined) throw policyNotAuthorized(`(${rule} and ${rule}:${name})`);
  }
  if (String(item.device_owner ?? "").startsWith("network:")) {
    throw policyNotAuthorized(`(${rule} and ${rule}:device_owner)`);
  }
}

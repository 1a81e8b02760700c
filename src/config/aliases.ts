/**
 * Spellings that are accepted beside today's: the 2017 program read other keys than its README documented,
 * and its companion for load balancers had names of its own.
 */
import { deletePath, getPath, type JsonObject, setPath } from "./object.ts";

/** Other spelling → key, both as paths. */
export const KEY_ALIASES: Readonly<Record<string, string>> = {
  "neutron.external_gateway_ip": "neutron.external_router_gateway_ip",
  "neutron.service_cluster_ip_range": "neutron.service_cluster_ip_cidr",
  k8s_cluster_name: "cluster_name",
  "kubernetes.k8s_cluster_name": "cluster_name",
  kube_config_path: "kubernetes.kubeconfig",
  "kubernetes.kube_config_path": "kubernetes.kubeconfig",
};

/** Keys that once had a meaning → why they have none now. */
export const RETIRED_KEYS: Readonly<Record<string, string>> = {
  "neutron.external_gateway_nic":
    "is no longer needed and has no effect: the kernel finds the device from the gateway's address",
};

/** Key → other spelling of a value → value. */
export const VALUE_ALIASES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "openstack.auth_type": {
    noauth: "none",
    v3password: "password",
    token: "v3token",
  },
  log_level: { warning: "warn" },
};

/** Rewrites `config` in place to today's keys and values; answers a warning for each that it touched. */
export function applyAliases(config: JsonObject): string[] {
  return [...renameKeys(config), ...dropRetiredKeys(config), ...renameValues(config)];
}

function renameKeys(config: JsonObject): string[] {
  const warnings: string[] = [];
  for (const [alias, key] of Object.entries(KEY_ALIASES)) {
    const value = getPath(config, alias);
    if (value === undefined) continue;
    deletePath(config, alias);
    if (getPath(config, key) === undefined) {
      setPath(config, key, value);
      warnings.push(`${alias} is an old spelling: write ${key}`);
    } else {
      warnings.push(`${alias} is an old spelling of ${key} and is ignored, because both are given`);
    }
  }
  return warnings;
}

function dropRetiredKeys(config: JsonObject): string[] {
  const warnings: string[] = [];
  for (const [key, why] of Object.entries(RETIRED_KEYS)) {
    if (getPath(config, key) === undefined) continue;
    deletePath(config, key);
    warnings.push(`${key} ${why}`);
  }
  return warnings;
}

function renameValues(config: JsonObject): string[] {
  const warnings: string[] = [];
  for (const [key, spellings] of Object.entries(VALUE_ALIASES)) {
    const value = getPath(config, key);
    if (typeof value !== "string" || !Object.hasOwn(spellings, value)) continue;
    setPath(config, key, spellings[value]);
    warnings.push(`${key} is "${value}", another spelling of "${spellings[value]}"`);
  }
  return warnings;
}

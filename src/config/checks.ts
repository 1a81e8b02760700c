/** What the keys must be to each other, beyond what each must be by itself. */
import type { FileConfig } from "./schema.ts";
import { familyOf } from "./values.ts";

/** Combinations that cannot work, as sentences naming the keys. */
export function crossProblems({ neutron, agent }: FileConfig): string[] {
  return [...serviceProblems(neutron), ...hotPortProblems(agent)];
}

function hotPortProblems({ hot_ports_min: min, hot_ports_max: max }: FileConfig["agent"]): string[] {
  if (max === 0 || min <= max) return [];
  return [`agent.hot_ports_min is ${min}: it must not be more than hot_ports_max, which is ${max}`];
}

function serviceProblems(neutron: FileConfig["neutron"]): string[] {
  if (!neutron.service_subnet_enabled) return [];
  const { external_router_gateway_ip: gateway, service_cluster_ip_cidr: services } = neutron;
  const problems = Object.entries({
    external_router_gateway_ip: gateway,
    service_cluster_ip_cidr: services,
  })
    .filter(([, value]) => value === undefined)
    .map(([key]) => `neutron.${key} is missing: service_subnet_enabled needs it`);
  if (gateway !== undefined && services !== undefined && familyOf(gateway) !== familyOf(services)) {
    problems.push(
      `neutron.external_router_gateway_ip is "${gateway}": it must be of the same family as ` +
        `service_cluster_ip_cidr, which is "${services}"`,
    );
  }
  return problems;
}

/** Combinations that work only in part, as sentences naming the keys. */
export function crossWarnings({ neutron, plugin }: FileConfig): string[] {
  const warnings: string[] = [];
  const macvlan = plugin.plugin_type === "macvlan";
  const needsNic = macvlan || plugin.neutron_agent === "none";
  if (needsNic && plugin.trunk_nic === undefined && plugin.physical_networks === undefined) {
    const why = macvlan ? "macvlan" : `${plugin.plugin_type} without a Neutron agent`;
    warnings.push(
      `plugin.trunk_nic and plugin.physical_networks are both missing: ${why} needs one of them ` +
        "for flat and vlan networks",
    );
  }
  if (macvlan && neutron.wait_active === true) {
    warnings.push("neutron.wait_active is true and has no effect: no agent reports a macvlan port ACTIVE");
  }
  return warnings;
}

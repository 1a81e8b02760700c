import { CniCode, CniError } from "../cni/errors.ts";
import type { PodRequest } from "../kubernetes/pod-request.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

/**
 * On a node where nobody filters, security groups are words without effect. A pod that asks for some is refused rather
 * than left open; for groups that come from the configuration, `plugin.security_groups` decides.
 *
 * @throws {CniError} code 101
 */
export function requireEnforcement(world: World, asked: PodRequest, target: Target, podName: string): void {
  const { security_groups: policy, plugin_type, neutron_agent } = world.config.plugin;
  const hasDriver = world.wiring.driver !== undefined;
  if (policy === "ignore" || target.securityGroups.length === 0) return;
  if (hasDriver && neutron_agent === "required") return;
  const nobody = hasDriver
    ? `without Neutron's agent on the node (plugin.neutron_agent "none")`
    : `with plugin.plugin_type "${plugin_type}"`;
  const why = `${nobody} nothing enforces security groups`;
  if (asked.securityGroupIds !== undefined && asked.securityGroupIds.length > 0) {
    throw refused(
      `${asked.origins.securityGroupIds ?? podName}: ${why}; remove that from the pod, run the pod on a node with Neutron's agent, or set plugin.security_groups to "ignore"`,
    );
  }
  if (policy === "require") {
    throw refused(
      `${podName}: ${why}, and plugin.security_groups is "require"; annotate the pod with skynet/port_security "false" or run it on a node with Neutron's agent`,
    );
  }
  world.log.warn(`${why}: every packet passes`, { groups: target.securityGroups.join(",") });
}

function refused(message: string): CniError {
  return new CniError(CniCode.badRequest, message);
}

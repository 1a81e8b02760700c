/** What Neutron is asked for when a port is made: for a pod, or ahead of one. */
import type { Config } from "../config/load.ts";
import { dnsName, portName } from "../kubernetes/pod.ts";
import type { Neutron } from "../openstack/neutron/client.ts";
import type { PortDraft, PortUpdate } from "../openstack/neutron/ports.ts";
import type { AttachmentRecord, PodIdentity } from "../state/index.ts";
import { type HotPortSpec, poolOf } from "./hot-port.ts";
import { deviceIdOf, tagsOf, uidTag } from "./identity.ts";
import type { AttachRequest } from "./request.ts";
import type { FixedIp, Target } from "./target.ts";
import type { World } from "./world.ts";

/** The name of a port that waits for its pod. */
export const HOT_PORT_NAME = "skynet-hot";

/** The port of a pod, on this host. */
export function podPortDraft(
  world: World,
  neutron: Neutron,
  request: AttachRequest,
  target: Target,
): PortDraft {
  const { config } = world;
  const { network } = request.key;
  const { uid } = request.pod;
  // A port that other pods will have later must not keep the first one's tag.
  const marks = poolOf(world, network, target) === undefined ? { uid } : { description: uid && uidTag(uid) };
  const { description } = marks;
  return {
    ...commonDraft(config, target.network.id, target),
    name: portName(request.pod) ?? "",
    ...dnsNameFor(neutron, request.pod),
    ...(description === undefined ? {} : { description }),
    device_id: deviceIdOf(request.key),
    ...(target.mac === undefined ? {} : { mac_address: target.mac }),
    tags: tagsOf(config.cluster_name, network, marks.uid),
  };
}

/** A port of a pool, on this host. */
export function hotPortDraft(
  { config }: World,
  network: string,
  spec: HotPortSpec,
  deviceId: string,
): PortDraft {
  const { subnetId } = spec;
  const fixedIps = subnetId === undefined ? {} : { fixedIps: [{ subnet_id: subnetId }] };
  return {
    ...commonDraft(config, spec.networkId, { ...spec, ...fixedIps }),
    name: HOT_PORT_NAME,
    device_id: deviceId,
    tags: tagsOf(config.cluster_name, network, undefined),
  };
}

/** What makes a port of a pool the port of the pod that has it now. */
export function podIdentityUpdate(
  neutron: Neutron,
  { deviceId, pod }: Pick<AttachmentRecord, "deviceId" | "pod">,
): PortUpdate {
  return {
    name: portName(pod) ?? "",
    device_id: deviceId,
    description: pod.uid === undefined ? "" : uidTag(pod.uid),
    ...dnsNameFor(neutron, pod, ""),
  };
}

/** @param unnamed the `dns_name` of a pod that can have none; absent: Neutron's default */
function dnsNameFor(neutron: Neutron, pod: PodIdentity, unnamed?: string): { dns_name?: string } {
  if (!neutron.extensions.has("dns-integration")) return {};
  const name = dnsName(pod) ?? unnamed;
  return name === undefined ? {} : { dns_name: name };
}

function commonDraft(
  { hostname }: Config,
  networkId: string,
  wishes: { fixedIps?: FixedIp[]; securityGroups: readonly string[]; portSecurity?: boolean },
) {
  const { fixedIps, securityGroups, portSecurity } = wishes;
  return {
    network_id: networkId,
    admin_state_up: true,
    device_owner: `compute:${hostname}`,
    "binding:host_id": hostname,
    ...(fixedIps === undefined ? {} : { fixed_ips: fixedIps }),
    ...(portSecurity === undefined ? {} : { port_security_enabled: portSecurity }),
    security_groups: securityGroups,
  };
}

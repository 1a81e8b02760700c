import { CniCode, CniError } from "../cni/errors.ts";
import type { PodRequest, PodRequestOrigins } from "../kubernetes/pod-request.ts";
import { OpenStackError } from "../openstack/errors.ts";
import { toCniError } from "./failure.ts";

/** Which part of what a pod asks for Neutron means by an error, by the type of the error. */
const PART_OF_TYPE: Readonly<Record<string, keyof PodRequestOrigins>> = {
  NetworkNotFound: "networkId",
  SubnetNotFound: "subnetId",
  SecurityGroupNotFound: "securityGroupIds",
  InvalidIpForNetwork: "ips",
  InvalidIpForSubnet: "ips",
  IpAddressAlreadyAllocated: "ips",
  IpAddressInUse: "ips",
  MacAddressInUse: "mac",
};

/** Where a value comes from that the pod did not give. */
const DEFAULT_OF_PART: Partial<Record<keyof PodRequestOrigins, string>> = {
  networkId: "neutron.default_network_id",
  subnetId: "neutron.default_subnet_id",
  securityGroupIds: "neutron.default_security_group_ids",
};

/**
 * Puts in front of Neutron's refusal, or of an address's holder, where the refused value was said: the pod's annotation,
 * another way of asking, or the configuration. Other errors are returned as they are.
 */
export function blame(error: unknown, asked: PodRequest, podName: string): unknown {
  if (error instanceof CniError && error.code === CniCode.addressInUse) {
    return new CniError(error.code, `${asked.origins.ips ?? podName}: ${error.message}`, undefined, {
      cause: error,
    });
  }
  if (!(error instanceof OpenStackError) || error.type === undefined) return error;
  const part = partOf(error.type, asked);
  if (part === undefined) return error;
  const value = asked[part];
  const origin = asked.origins[part] ?? DEFAULT_OF_PART[part];
  if (origin === undefined) return error;
  const shown = value === undefined ? `for ${podName}` : `is "${String(value)}"`;
  return new CniError(toCniError(error).code, `${origin} ${shown}: ${error.message}`, undefined, {
    cause: error,
  });
}

function partOf(type: string, asked: PodRequest): keyof PodRequestOrigins | undefined {
  if (type !== "IpAddressGenerationFailure") return PART_OF_TYPE[type];
  // Only a network that this pod chose is this pod's matter; a full default network meets every pod.
  return (["subnetId", "networkId"] as const).find((part) => asked[part] !== undefined);
}

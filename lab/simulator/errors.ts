/**
 * Every error answer of the simulated Neutron, in one place: status, `type` and message as Neutron 21.0.0 gives them
 * (taken from its answers; neutron_lib/exceptions and neutron/exceptions name the classes).
 */
import type { Reply } from "./http.ts";

/** An answer that ends the request: thrown by handlers, turned into `{"NeutronError": …}` by the server. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }

  toReply(): Reply {
    const body = { NeutronError: { type: this.type, message: this.message, detail: "" } };
    return { status: this.status, body };
  }
}

const error =
  (status: number, type: string) =>
  (message: string): ApiError =>
    new ApiError(status, type, message);

export const badRequest = error(400, "HTTPBadRequest");
export const invalidInput = (reason: string): ApiError =>
  new ApiError(400, "InvalidInput", `Invalid input for operation: ${reason}.`);
export const invalidAttribute = (name: string, reason: string): ApiError =>
  badRequest(`Invalid input for ${name}. Reason: ${reason}.`);
export const badResource = (resource: string, reason: string): ApiError =>
  new ApiError(400, "BadRequest", `Bad ${resource} request: ${reason}.`);

export const routeNotFound = (): ApiError =>
  new ApiError(404, "HTTPNotFound", "The resource could not be found.");
export const methodNotAllowed = (): ApiError =>
  new ApiError(
    405,
    "HTTPMethodNotAllowed",
    "The server could not comply with the request since it is either malformed or otherwise incorrect.",
  );
export const policyNotAuthorized = (rule: string): ApiError =>
  new ApiError(403, "PolicyNotAuthorized", `${rule} is disallowed by policy`);

const couldNotBeFound = (label: string) => (id: string) =>
  new ApiError(404, `${label}NotFound`, `${label} ${id} could not be found.`);
export const networkNotFound = couldNotBeFound("Network");
export const subnetNotFound = couldNotBeFound("Subnet");
export const portNotFound = couldNotBeFound("Port");
export const agentNotFound = couldNotBeFound("Agent");
export const tagNotFound = couldNotBeFound("Tag");
export const routerNotFound = (id: string): ApiError =>
  new ApiError(404, "RouterNotFound", `Router ${id} could not be found`);
export const securityGroupNotFound = (id: string): ApiError =>
  new ApiError(404, "SecurityGroupNotFound", `Security group ${id} does not exist`);
export const securityGroupRuleNotFound = (id: string): ApiError =>
  new ApiError(404, "SecurityGroupRuleNotFound", `Security group rule ${id} does not exist`);
export const tagResourceNotFound = (collection: string, id: string): ApiError =>
  new ApiError(404, "TagResourceNotFound", `Resource ${collection} ${id} could not be found.`);
/** MariaDB's tags do not tell capitals from small letters; Neutron passes its complaint on. */
export const duplicateTag = (tag: string): ApiError =>
  new ApiError(
    409,
    "NeutronDbObjectDuplicateEntry",
    `Failed to create a duplicate Tag: for attribute(s) ['PRIMARY'] with value(s) ${tag}`,
  );
export const quotaNotFound = (project: string): ApiError =>
  new ApiError(404, "TenantQuotaNotFound", `Quota for tenant ${project} could not be found.`);

export const networkInUse = (id: string, ports: readonly string[]): ApiError =>
  new ApiError(
    409,
    "NetworkInUse",
    `Unable to complete operation on network ${id}. There are one or more ports still in use on the network, ` +
      `id for these ports is: ${ports.join(",")}.`,
  );
export const flatNetworkInUse = (physicalNetwork: string): ApiError =>
  new ApiError(
    409,
    "FlatNetworkInUse",
    `Unable to create the flat network. Physical network ${physicalNetwork} is in use.`,
  );
export const vlanIdInUse = (vlan: number, physicalNetwork: string): ApiError =>
  new ApiError(
    409,
    "VlanIdInUse",
    `Unable to create the network. The VLAN ${vlan} on physical network ${physicalNetwork} is in use.`,
  );
export const tunnelIdInUse = (id: number): ApiError =>
  new ApiError(409, "TunnelIdInUse", `Unable to create the network. The tunnel ID ${id} is in use.`);

export const subnetInUse = (id: string): ApiError =>
  new ApiError(
    409,
    "SubnetInUse",
    `Unable to complete operation on subnet ${id}: One or more ports have an IP allocation from this subnet.`,
  );
export const invalidAllocationPool = (pool: string): ApiError =>
  new ApiError(400, "InvalidAllocationPool", `The allocation pool ${pool} is not valid.`);
export const outOfBoundsAllocationPool = (pool: string, cidr: string): ApiError =>
  new ApiError(
    400,
    "OutOfBoundsAllocationPool",
    `The allocation pool ${pool} spans beyond the subnet cidr ${cidr}.`,
  );
export const overlappingAllocationPools = (one: string, two: string, cidr: string): ApiError =>
  new ApiError(
    409,
    "OverlappingAllocationPools",
    `Found overlapping allocation pools: ${one} ${two} for subnet ${cidr}.`,
  );
export const gatewayConflict = (gateway: string, pool: string): ApiError =>
  new ApiError(
    409,
    "GatewayConflictWithAllocationPools",
    `Gateway ip ${gateway} conflicts with allocation pool ${pool}.`,
  );

export const ipAlreadyAllocated = (ip: string, subnetId: string): ApiError =>
  new ApiError(409, "IpAddressAlreadyAllocated", `IP address ${ip} already allocated in subnet ${subnetId}`);
export const addressesExhausted = (networkId: string): ApiError =>
  new ApiError(409, "IpAddressGenerationFailure", `No more IP addresses available on network ${networkId}.`);
export const invalidIpForSubnet = (ip: string): ApiError =>
  new ApiError(400, "InvalidIpForSubnet", `IP address ${ip} is not a valid IP for the specified subnet.`);
export const invalidIpForNetwork = (ip: string): ApiError =>
  new ApiError(
    400,
    "InvalidIpForNetwork",
    `IP address ${ip} is not a valid IP for any of the subnets on the specified network.`,
  );
export const macInUse = (networkId: string, mac: string): ApiError =>
  new ApiError(
    409,
    "MacAddressInUse",
    `Unable to complete operation for network ${networkId}. The mac address ${mac} is in use.`,
  );
export const portBound = (id: string, vifType: string, oldMac: string, newMac: string): ApiError =>
  new ApiError(
    409,
    "PortBound",
    `Unable to complete operation on port ${id}, port is already bound, port type: ${vifType}, ` +
      `old_mac ${oldMac}, new_mac ${newMac}.`,
  );
export const servicePortInUse = (id: string, owner: string): ApiError =>
  new ApiError(
    409,
    "ServicePortInUse",
    `Port ${id} cannot be deleted directly via the port API: has device owner ${owner}.`,
  );
export const portSecurityRequired = (): ApiError =>
  new ApiError(
    400,
    "PortSecurityAndIPRequiredForSecurityGroups",
    "Port security must be enabled and port must have an IP address in order to use security groups.",
  );
export const portHasSecurityGroup = (): ApiError =>
  new ApiError(
    409,
    "PortSecurityPortHasSecurityGroup",
    "Port has security group associated. Cannot disable port security or IP address until security group is removed.",
  );

export const securityGroupInUse = (id: string): ApiError =>
  new ApiError(409, "SecurityGroupInUse", `Security Group ${id} in use.`);
export const defaultSecurityGroupExists = (): ApiError =>
  new ApiError(409, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.");
export const securityGroupRuleExists = (id: string): ApiError =>
  new ApiError(409, "SecurityGroupRuleExists", `Security group rule already exists. Rule id is ${id}.`);
export const protocolRequiredWithPorts = (): ApiError =>
  new ApiError(
    400,
    "SecurityGroupProtocolRequiredWithPorts",
    "Must also specify protocol if port range is given.",
  );
export const invalidPortRange = (): ApiError =>
  new ApiError(
    400,
    "SecurityGroupInvalidPortRange",
    "For TCP/UDP protocols, port_range_min must be <= port_range_max",
  );
export const ethertypeConflict = (ethertype: string, cidr: string): ApiError =>
  new ApiError(
    400,
    "SecurityGroupRuleParameterConflict",
    `Conflicting value ethertype ${ethertype} for CIDR ${cidr}`,
  );

export const routerInUse = (id: string, ports: readonly string[]): ApiError =>
  new ApiError(409, "RouterInUse", `Router ${id} has ports still attached: ${ports.join(", ")}`);
export const overQuota = (resource: string): ApiError =>
  new ApiError(409, "OverQuota", `Quota exceeded for resources: ['${resource}'].`);
export const revisionConflict = (expected: number, current: number): ApiError =>
  new ApiError(
    412,
    "RevisionNumberConstraintFailed",
    `Constrained to ${expected}, but current revision is ${current}`,
  );

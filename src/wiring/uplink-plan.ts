import { WiringError } from "./errors.ts";
import { vlanName } from "./names.ts";
import type { Uplink } from "./uplink.ts";
import type { PortFacts, WiringOptions } from "./wiring.ts";

/** Neutron shows provider attributes to administrators only, unless its policy says otherwise. */
const GRANT = "give that user a role that may see provider attributes";

/** Why skynet itself has to know and to connect a network, for messages. */
export interface UplinkReason {
  /** Why networks of other types than flat and vlan are not connected, and what to do about it. */
  refusal(networkType: string): string;
  /** When Neutron must show the network's provider attributes, after "is not visible to skynet's user, and". */
  readonly visibility: string;
}

const withoutAgent: UplinkReason = {
  refusal: (type) =>
    `${type === "vxlan" ? "vxlan needs" : `networks of type ${type} need`} Neutron's agent on the node; ` +
    'run it there and set plugin.neutron_agent to "required", or use a flat or vlan network',
  visibility: 'with plugin.neutron_agent "none" it must be',
};

/**
 * Which NIC or VLAN device joins pods of a flat or vlan network to the outside.
 *
 * @throws WiringError when the network is of another type, or no NIC is configured for its physical network
 */
export function planUplink(port: PortFacts, options: WiringOptions, reason = withoutAgent): Uplink {
  const { networkId, networkType, physicalNetwork } = port;
  const incomplete = (attribute: string) =>
    unsupported(
      networkId,
      `${attribute} is not visible to skynet's user, and ${reason.visibility}; ${GRANT}`,
    );
  if (networkType === undefined) throw incomplete("provider:network_type");
  if (networkType !== "flat" && networkType !== "vlan") {
    throw unsupported(networkId, reason.refusal(networkType));
  }
  if (physicalNetwork === undefined) throw incomplete("provider:physical_network");
  const { nic, setting } = nicOf(physicalNetwork, options);
  if (networkType === "flat") return { device: nic, nic, physicalNetwork, setting };
  if (port.segmentationId === undefined) throw incomplete("provider:segmentation_id");
  const vlanId = port.segmentationId;
  return { device: vlanName(nic, vlanId), nic, vlanId, physicalNetwork, setting };
}

function nicOf(physicalNetwork: string, options: WiringOptions): Pick<Uplink, "nic" | "setting"> {
  const nics = options.physicalNetworks;
  const listed = Object.hasOwn(nics, physicalNetwork) ? nics[physicalNetwork] : undefined;
  if (listed !== undefined) return { nic: listed, setting: `plugin.physical_networks.${physicalNetwork}` };
  if (options.trunkNic !== undefined) return { nic: options.trunkNic, setting: "plugin.trunk_nic" };
  throw new WiringError(
    "no-uplink",
    `no NIC is configured for the physical network ${physicalNetwork}; ` +
      `set plugin.physical_networks.${physicalNetwork} or plugin.trunk_nic`,
  );
}

function unsupported(networkId: string, message: string): WiringError {
  return new WiringError("unsupported-network", `network ${networkId}: ${message}`);
}

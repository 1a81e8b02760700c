import { WiringError } from "./errors.ts";
import { vlanName } from "./names.ts";
import type { Uplink } from "./uplink.ts";
import type { PortFacts, WiringOptions } from "./wiring.ts";

/**
 * Which NIC or VLAN device joins a flat or vlan network's bridge to the outside.
 *
 * @throws WiringError when the network is of another type, or no NIC is configured for its physical network
 */
export function planUplink(port: PortFacts, options: WiringOptions): Uplink {
  const { networkType, physicalNetwork } = port;
  if (networkType !== "flat" && networkType !== "vlan") throw notWithoutAgent(port);
  if (physicalNetwork === undefined) throw incomplete(port, "provider:physical_network");
  const { nic, setting } = nicOf(physicalNetwork, options);
  if (networkType === "flat") return { device: nic, nic, physicalNetwork, setting };
  if (port.segmentationId === undefined) throw incomplete(port, "provider:segmentation_id");
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

function notWithoutAgent(port: PortFacts): WiringError {
  const network = `network ${port.networkId}`;
  if (port.networkType === undefined) return incomplete(port, "provider:network_type");
  const needs =
    port.networkType === "vxlan"
      ? "vxlan needs Neutron's agent on the node"
      : `networks of type ${port.networkType} need Neutron's agent on the node`;
  return new WiringError(
    "unsupported-network",
    `${network}: ${needs}; run it there and set plugin.neutron_agent to "required", or use a flat or vlan network`,
  );
}

/** Neutron shows provider attributes to administrators only, unless its policy says otherwise. */
function incomplete(port: PortFacts, attribute: string): WiringError {
  return new WiringError(
    "unsupported-network",
    `network ${port.networkId}: ${attribute} is not visible to skynet's user, and with plugin.neutron_agent "none" it must be; ` +
      "give that user a role that may see provider attributes",
  );
}

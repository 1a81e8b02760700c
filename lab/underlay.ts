/**
 * The wires of a lab: the control namespace with its two bridges, and the nodes on both.
 * Everything is idempotent, and goes away with the namespaces.
 */
import { bridgesHaveFirewall } from "./bridge-firewall.ts";
import { run } from "./command.ts";
import {
  controlAddress,
  gatewayAddresses,
  inNamespace,
  type LabLayout,
  physicalInterface,
  tunnelInterface,
  underlayInterface,
} from "./layout.ts";
import { addNamespace, ipBatch, links, namespaces, removeNamespace, setSysctls } from "./namespaces.ts";

/** Makes the control namespace and `nodes` nodes. Undo: {@link removeUnderlay}. */
export async function addUnderlay(layout: LabLayout, nodes: number): Promise<void> {
  await addControl(layout);
  for (let index = 1; index <= nodes; index++) await addNode(layout, index);
}

/** Removes every namespace of the lab: control, nodes and pods. */
export async function removeUnderlay(layout: LabLayout): Promise<void> {
  const own = namespaces().filter((name) => layout.owns(name));
  await Promise.all(own.map(removeNamespace));
}

async function addControl(layout: LabLayout): Promise<void> {
  await addNamespace(layout.control);
  const present = new Set((await links(layout.control)).map((link) => link.ifname));
  const missing = ["mgmt", "phys", "tun"].filter((name) => !present.has(name));
  await ipBatch(layout.control, [
    ...missing.map((name) => `link add ${name} type bridge forward_delay 0`),
    `address replace ${controlAddress}/24 dev mgmt`,
    ...gatewayAddresses.map(
      (address) => `address replace ${address} dev phys ${address.includes(":") ? "nodad" : ""}`,
    ),
    "link set mgmt up",
    "link set phys up",
    "link set tun up",
  ]);
  // The gateway sends straight into switches: as on a cable, with finished checksums.
  await run(inNamespace(layout.control, ["ethtool", "-K", "phys", "tx", "off"]));
  // Bridged frames are not this namespace's business: no firewall may see them.
  if (!bridgesHaveFirewall()) return;
  await setSysctls(layout.control, {
    "net.bridge.bridge-nf-call-iptables": 0,
    "net.bridge.bridge-nf-call-ip6tables": 0,
    "net.bridge.bridge-nf-call-arptables": 0,
  });
}

async function addNode(layout: LabLayout, index: number): Promise<void> {
  const node = layout.node(index);
  await addNamespace(node);
  const present = new Set((await links(node)).map((link) => link.ifname));
  const wires = [
    { name: underlayInterface, peer: `m-${layout.hostname(index)}`, bridge: "mgmt" },
    { name: physicalInterface, peer: `p-${layout.hostname(index)}`, bridge: "phys" },
    { name: tunnelInterface, peer: `t-${layout.hostname(index)}`, bridge: "tun" },
  ];
  const missing = wires.filter(({ name }) => !present.has(name));
  for (const { name, peer, bridge } of missing) await addWire(layout, node, name, peer, bridge);
  // Only on a new interface: a switch may have taken the tunnels' address to a bridge of its own.
  const addresses: Record<string, string> = {
    [underlayInterface]: layout.address(index),
    [tunnelInterface]: layout.tunnelAddress(index),
  };
  await ipBatch(node, [
    ...missing
      .filter(({ name }) => addresses[name])
      .map(({ name }) => `address replace ${addresses[name]}/24 dev ${name}`),
    ...wires.map(({ name }) => `link set ${name} up`),
  ]);
}

/** A veth pair from a node's `name` to `peer` on a bridge of the control namespace. */
async function addWire(
  layout: LabLayout,
  node: string,
  name: string,
  peer: string,
  bridge: string,
): Promise<void> {
  await run([
    "ip",
    "link",
    "add",
    name,
    "netns",
    node,
    "type",
    "veth",
    "peer",
    "name",
    peer,
    "netns",
    layout.control,
  ]);
  await ipBatch(layout.control, [`link set ${peer} master ${bridge} up`]);
  // Whatever is tunnelled or forwarded between namespaces carries finished checksums, as on a cable.
  await run(inNamespace(node, ["ethtool", "-K", name, "tx", "off"]));
}

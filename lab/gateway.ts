/** Gateways of the VLAN networks, put on the physical network's wire: hosts that no Neutron and no agent knows. */
import { attempt, run } from "./command.ts";
import { type Lab, LabError } from "./lab.ts";
import { ipBatch } from "./namespaces.ts";
import { hasOpenVswitch } from "./node-kinds.ts";
import { physicalBridge } from "./openvswitch/bridges.ts";
import type { Pod } from "./pod.ts";

/** As `seed.ts` makes the networks: VLAN id, and what their subnets name as gateway. */
const networks = {
  vlan101: { id: 101, addresses: ["10.51.0.1/22", "fd51::1/64"] },
  vlan102: { id: 102, addresses: ["10.53.0.1/22", "fd53::1/64"] },
} as const;

export interface Gateway {
  /** A namespace of its own, with `eth0` on the VLAN; it is in no store and has no port in Neutron. */
  readonly pod: Pod;
  /** With prefix length: IPv4, IPv6. */
  readonly addresses: readonly [string, string];
  remove(): Promise<void>;
}

/**
 * Puts the gateway of a VLAN network on the wire. Undo: `remove()`.
 *
 * @throws LabError when the kernel has no VLAN devices and no node has an Open vSwitch to tag frames instead
 */
export async function addGateway(lab: Lab, network: keyof typeof networks): Promise<Gateway> {
  const { id, addresses } = networks[network];
  const pod = await lab.node(1).addPod(`gateway${id}`);
  const undo: Undo[] = [() => pod.remove()];
  const remove = async () => {
    for (let step = undo.pop(); step; step = undo.pop()) await step();
  };
  try {
    if (!(await plugIntoControl(lab, pod, id))) undo.push(await plugIntoSwitch(lab, pod, id));
    await ipBatch(pod.netns, [
      ...addresses.map(
        (address) => `address add ${address} dev eth0 ${address.includes(":") ? "nodad" : ""}`,
      ),
      "link set eth0 up",
    ]);
    return { pod, addresses, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

type Undo = () => Promise<void>;

/** Moves a VLAN device of the control namespace into the pod's, with which it goes; false when the kernel has none. */
async function plugIntoControl(lab: Lab, pod: Pod, id: number): Promise<boolean> {
  const name = `vlan${id}`;
  const add = ["ip", "-n", lab.layout.control, "link", "add", "link", "phys", "name", name];
  const { exitCode, stderr } = await attempt([...add, "type", "vlan", "id", `${id}`]);
  if (exitCode !== 0 && /not supported|Unknown device type/.test(stderr)) return false;
  if (exitCode !== 0) throw new LabError(`no VLAN device ${name} in ${lab.layout.control}: ${stderr.trim()}`);
  await ipBatch(lab.layout.control, [`link set ${name} netns ${pod.netns} name eth0`]);
  return true;
}

/** An access port of the first node's Open vSwitch, on the bridge of the physical network. */
async function plugIntoSwitch(lab: Lab, pod: Pod, id: number): Promise<Undo> {
  const node = lab.nodes.find(({ kind }) => hasOpenVswitch(kind));
  if (!node) {
    throw new LabError(
      `lab ${lab.name} cannot tag frames: give it a node of kind openvswitch, or the kernel module 8021q`,
    );
  }
  const port = `gateway${id}`;
  const veth = ["link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", pod.netns];
  await run(["ip", "-n", node.namespace, ...veth]);
  await pod.run(["ethtool", "-K", "eth0", "tx", "off"]);
  await ipBatch(node.namespace, [`link set ${port} up`]);
  await node.openvswitch.vsctl("--may-exist", "add-port", physicalBridge, port, `tag=${id}`);
  return async () => {
    await node.openvswitch.vsctl("--if-exists", "del-port", physicalBridge, port);
  };
}

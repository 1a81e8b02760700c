/** The wirings whose steps are tried, and the steps that each must at least have: so that none slips out of the count. */
import type { NodeKind } from "../../../lab/node-kinds.ts";
import type { Seeded } from "../../../lab/seed.ts";

export interface CrashedWiring {
  readonly name: string;
  readonly node: NodeKind;
  readonly network: Extract<keyof Seeded, "flat1" | "vlan101">;
  /** The configuration's section `plugin`, over the lab's own. */
  readonly plugin: Readonly<Record<string, unknown>>;
  /** Who of Neutron's agents binds the ports and reports them ACTIVE; without one, nobody does. */
  readonly agent?: "Linux bridge agent" | "Open vSwitch agent";
  /** The node's NIC has addresses and routes of the node's own. */
  readonly hasHostNetwork?: boolean;
  /** The kernel must have the module 8021q. */
  readonly needsVlanDevices?: boolean;
  /** Among the steps of an ADD, in this order. */
  readonly add: readonly RegExp[];
  /** Among the steps of a DEL, and of a GC that finds the pod gone, in this order. */
  readonly del: readonly RegExp[];
}
/** What comes before anything is plugged in. */
const PORT_MADE = [
  /^store: INSERT INTO attachments/,
  /^neutron: POST \/v2.0\/ports$/,
  /^neutron: POST \/v2.0\/ports, answered$/,
  /^store: UPDATE attachments SET port_id = \?, wiring = \?/,
];

const POD_CONNECTED = [
  /^kernel: .*add address .*set link eth0 up=true/,
  /^store: UPDATE attachments SET state = 'attached'/,
  /^answer$/,
];

const POD_OFF = [/^store: UPDATE attachments SET state = 'detaching'/, /^kernel: delete link (eth0|tap)/];

const PORT_GONE = [
  /^neutron: DELETE \/v2.0\/ports\/[^/]*$/,
  /^neutron: DELETE \/v2.0\/ports\/[^/]*, answered$/,
  /^store: INSERT INTO attachments .*'detached'/,
];

const BRIDGE_MADE = [/^kernel: create bridge brq/, /^kernel: set link brq.* up=true$/];
const BRIDGE_GONE = /^kernel: delete link brq/;

/** The host's addresses and routes, from one device to the other. */
const HOST_NETWORK_COPIED = /^kernel: copy address 10.50.0.201\/24, copy address fd50:0:0:1::201\/64$/;
const HOST_ROUTES_MOVED = /^kernel: move route .*10.66.0.0\/16.* move route ::\/0$/;

/** Every wiring that can be tried beside the simulator. */
const all: readonly CrashedWiring[] = [
  {
    name: "linuxbridge flat",
    node: "bare",
    network: "flat1",
    plugin: { plugin_type: "linuxbridge", neutron_agent: "none" },
    hasHostNetwork: true,
    add: [
      ...PORT_MADE,
      ...BRIDGE_MADE,
      HOST_NETWORK_COPIED,
      /^kernel: set link eth1 master=/,
      HOST_ROUTES_MOVED,
      /^kernel: delete address .*10.50.0.201/,
      /^kernel: create veth tap/,
      ...POD_CONNECTED,
    ],
    del: [...POD_OFF, HOST_NETWORK_COPIED, HOST_ROUTES_MOVED, BRIDGE_GONE, ...PORT_GONE],
  },
  {
    name: "linuxbridge vlan",
    node: "bare",
    network: "vlan101",
    plugin: { plugin_type: "linuxbridge", neutron_agent: "none" },
    needsVlanDevices: true,
    add: [
      ...PORT_MADE,
      ...BRIDGE_MADE,
      /^kernel: create vlan eth1.101$/,
      /^kernel: set link eth1.101 master=/,
      /^kernel: create veth tap/,
      ...POD_CONNECTED,
    ],
    del: [...POD_OFF, /^kernel: delete link eth1.101$/, BRIDGE_GONE, ...PORT_GONE],
  },
  {
    name: "linuxbridge with agent",
    node: "bare",
    network: "flat1",
    plugin: { plugin_type: "linuxbridge", neutron_agent: "required" },
    agent: "Linux bridge agent",
    add: [...PORT_MADE, ...BRIDGE_MADE, /^kernel: create veth tap/, ...POD_CONNECTED],
    del: [...POD_OFF, BRIDGE_GONE, ...PORT_GONE],
  },
  {
    name: "macvlan flat",
    node: "bare",
    network: "flat1",
    plugin: { plugin_type: "macvlan", neutron_agent: "none" },
    hasHostNetwork: true,
    add: [...PORT_MADE, /^kernel: create macvlan/, /^kernel: set link .* name=eth0$/, ...POD_CONNECTED],
    del: [...POD_OFF, ...PORT_GONE],
  },
  {
    name: "macvlan vlan",
    node: "bare",
    network: "vlan101",
    plugin: { plugin_type: "macvlan", neutron_agent: "none" },
    needsVlanDevices: true,
    add: [
      ...PORT_MADE,
      /^kernel: create vlan eth1.101$/,
      /^kernel: create macvlan/,
      /^kernel: set link .* name=eth0$/,
      ...POD_CONNECTED,
    ],
    del: [...POD_OFF, /^kernel: delete link eth1.101$/, ...PORT_GONE],
  },
  {
    name: "openvswitch flat",
    node: "openvswitch",
    network: "flat1",
    plugin: { plugin_type: "openvswitch", neutron_agent: "none" },
    hasHostNetwork: true,
    add: [
      ...PORT_MADE,
      /^switch: .*insert Bridge/,
      HOST_NETWORK_COPIED,
      HOST_ROUTES_MOVED,
      /^kernel: create veth tap/,
      /^switch: insert Interface, insert Port, mutate Bridge/,
      ...POD_CONNECTED,
    ],
    del: [...POD_OFF, /^switch: mutate Bridge/, HOST_NETWORK_COPIED, HOST_ROUTES_MOVED, ...PORT_GONE],
  },
  {
    name: "openvswitch vlan",
    node: "openvswitch",
    network: "vlan101",
    plugin: { plugin_type: "openvswitch", neutron_agent: "none" },
    hasHostNetwork: true,
    add: [
      ...PORT_MADE,
      /^switch: .*insert Bridge/,
      /^kernel: create veth tap/,
      /^switch: insert Interface, insert Port, mutate Bridge/,
      ...POD_CONNECTED,
    ],
    del: [...POD_OFF, /^switch: mutate Bridge/, ...PORT_GONE],
  },
  {
    name: "openvswitch with agent",
    node: "openvswitch",
    network: "flat1",
    plugin: { plugin_type: "openvswitch", neutron_agent: "required" },
    agent: "Open vSwitch agent",
    add: [
      ...PORT_MADE,
      /^kernel: create veth tap/,
      /^switch: insert Interface, insert Port, mutate Bridge/,
      ...POD_CONNECTED,
    ],
    del: [...POD_OFF, /^switch: mutate Bridge/, ...PORT_GONE],
  },
];

/** Environment variable with the names of the wirings to try, separated by commas; `all` for all of them. */
const CHOICE = "SKYNET_CRASH_WIRINGS";

/**
 * The wirings to try: those that were asked for, whether the kernel can do them or not; else all that need no VLAN
 * devices, which not every kernel has.
 *
 * @throws RangeError for a name that no wiring has
 */
export function chosenWirings(): CrashedWiring[] {
  const choice = Bun.env[CHOICE];
  if (choice === undefined) return all.filter(({ needsVlanDevices }) => !needsVlanDevices);
  if (choice === "all") return [...all];
  return choice.split(",").map((name) => {
    const wiring = all.find((known) => known.name === name.trim());
    if (wiring) return wiring;
    throw new RangeError(`${CHOICE} has "${name}"; known are: ${all.map((known) => known.name).join(", ")}`);
  });
}

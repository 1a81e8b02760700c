/**
 * Names of devices. Neutron's linuxbridge agent finds and makes devices by exactly these names
 * (neutron/plugins/ml2/drivers/linuxbridge/agent/linuxbridge_neutron_agent.py, neutron_lib/constants.py).
 */

/** Longest name of a link in Linux (IFNAMSIZ without its zero byte). */
const MAX_LENGTH = 15;
/** Characters of a UUID that fit behind a prefix of three or four. */
const ID_LENGTH = 11;
/** Neutron's agent looks for devices whose names begin so. */
const TAP = "tap";
/** Characters of the SHA-1 that stands for the cut part of a long NIC name (neutron_lib.plugins.utils). */
const HASH_LENGTH = 6;

/** The host's end of a port's veth: `tap` and the beginning of the port's id. */
export function tapName(portId: string): string {
  return TAP + portId.slice(0, ID_LENGTH);
}

export function isTapName(name: string): boolean {
  return name.startsWith(TAP);
}

/** The other end of the host's end while no pod is plugged straight into it: on the node too. */
export function standInName(hostEnd: string): string {
  return `ski${hostEnd.slice(TAP.length)}`;
}

/** The node's end of the veth that leads into the pod, where it is not the host's end itself. */
export function podSideName(hostEnd: string): string {
  return `skp${hostEnd.slice(TAP.length)}`;
}

/** The host's end that a name of {@link standInName} or {@link podSideName} belongs to, or nothing. */
export function hostEndOf(name: string): string | undefined {
  return /^sk[ip]/.test(name) ? TAP + name.slice(TAP.length) : undefined;
}

/** A macvlan device of a port until it has its name in the pod. */
export function macvlanName(portId: string): string {
  return `mvl-${portId.slice(0, ID_LENGTH)}`;
}

/** The bridge of a network: `brq` and the beginning of the network's id. */
export function bridgeName(networkId: string): string {
  return `brq${networkId.slice(0, ID_LENGTH)}`;
}

/** The VLAN device of a NIC; a name too long is cut and told apart by a hash, as Neutron does. */
export function vlanName(nic: string, vlanId: number): string {
  const suffix = `.${vlanId}`;
  return shortened(nic, MAX_LENGTH - suffix.length) + suffix;
}

/** The bridge of Open vSwitch that skynet makes for a NIC. */
export function nicBridgeName(nic: string): string {
  const prefix = "br-";
  return prefix + shortened(nic, MAX_LENGTH - prefix.length);
}

function shortened(name: string, length: number): string {
  if (name.length <= length) return name;
  const hash = new Bun.CryptoHasher("sha1").update(name).digest("hex").slice(0, HASH_LENGTH);
  return name.slice(0, length - HASH_LENGTH) + hash;
}

/**
 * The MAC of the host's end: the port's own with the first byte 0xfe. A bridge takes the lowest MAC of its ports for
 * its own, and this one is never the lowest.
 */
export function tapMac(portMac: string): string {
  return `fe${portMac.slice(2)}`.toLowerCase();
}

/**
 * Where everything of one lab is: names of namespaces, addresses, files. Pure, so that any process
 * which knows the lab's name and folder agrees on them.
 *
 * ```
 *   ctl ─ mgmt (10.200.0.254/24) ─┬─ eth0 node1 (10.200.0.1)      the underlay: API, RabbitMQ
 *                                 └─ eth0 node2 (10.200.0.2)
 *       ─ phys (10.50.0.1/24, …) ─┬─ eth1 node1                   physnet1: flat and VLAN networks
 *                                 └─ eth1 node2
 *       ─ tun                    ─┬─ eth2 node1 (10.201.0.1)      tunnels between nodes: VXLAN, Geneve
 *                                 └─ eth2 node2 (10.201.0.2)
 * ```
 *
 * Tunnels have an interface of their own because a userspace switch takes the interface it tunnels through away from
 * the kernel: the node must still reach Neutron when that switch is down.
 */
import { join, resolve } from "node:path";

/** The project's root folder. */
export const checkout = resolve(import.meta.dir, "..");

/** Interfaces of a node: on the underlay, on the physical network, and for tunnels to other nodes. */
export const underlayInterface = "eth0";
export const physicalInterface = "eth1";
export const tunnelInterface = "eth2";

/** The control namespace's address on the underlay. */
export const controlAddress = "10.200.0.254";

/** What the control namespace is the gateway of, on the physical network `physnet1`. */
export const gatewayAddresses = ["10.50.0.1/24", "fd50:0:0:1::1/64"] as const;

export const apiUrl = `http://${controlAddress}:9696`;
export const keystoneUrl = `http://${controlAddress}:5000/v3`;
/** The Neutron that asks for Keystone's tokens; {@link apiUrl} is open to everybody. */
export const keystoneApiUrl = `http://${controlAddress}:9697`;

export const backends = ["simulator", "neutron", "neutron-keystone", "neutron-ovn"] as const;
export type Backend = (typeof backends)[number];

/** Environment variables by which a process inside a lab finds it. */
export const labNameVariable = "SKYNET_LAB";
export const labFolderVariable = "SKYNET_LAB_DIR";

export class LabLayout {
  readonly name: string;
  readonly dir: string;

  /**
   * @param name lower-case letters and digits, at most 15: it begins the names of namespaces, and a hyphen ends it there
   * @param dir the lab's folder; default `/tmp/skynet-lab-<name>`
   */
  constructor(name: string, dir = `/tmp/skynet-lab-${name}`) {
    if (!/^[a-z][a-z0-9]{0,14}$/.test(name)) {
      throw new RangeError(
        `lab name ${JSON.stringify(name)}: use a letter and up to 14 lower-case letters or digits`,
      );
    }
    this.name = name;
    this.dir = resolve(dir);
  }

  /** The namespace of the servers and of the physical network's gateway. */
  get control(): string {
    return `${this.name}-ctl`;
  }

  /** Namespace of node `index` (1, 2, …), whose hostname is {@link hostname}. */
  node(index: number): string {
    return `${this.name}-${this.hostname(index)}`;
  }

  hostname(index: number): string {
    return `node${index}`;
  }

  /** Underlay address of node `index`. */
  address(index: number): string {
    return `10.200.0.${index}`;
  }

  /** Address of node `index` that its tunnels end at; on {@link tunnelInterface}, or on a bridge above it. */
  tunnelAddress(index: number): string {
    return `10.201.0.${index}`;
  }

  /** Namespace of a pod. */
  pod(name: string): string {
    return `${this.name}-${name}`;
  }

  /** Whether a network namespace belongs to this lab. */
  owns(namespace: string): boolean {
    return namespace.startsWith(`${this.name}-`);
  }

  path(...parts: string[]): string {
    return join(this.dir, ...parts);
  }

  /** Environment of everything that runs for this lab; {@link labFolderVariable} marks its processes. */
  get environment(): Record<string, string> {
    return { [labNameVariable]: this.name, [labFolderVariable]: this.dir };
  }
}

/** The path of a network namespace made by name. */
export function netnsPath(namespace: string): string {
  return `/run/netns/${namespace}`;
}

/** Command line that runs `argv` in a network namespace. Not `ip netns exec`: that gives it another `/sys` too. */
export function inNamespace(namespace: string, argv: readonly string[]): string[] {
  return ["nsenter", `--net=${netnsPath(namespace)}`, "--", ...argv];
}

/** Firewalls on bridges: what Neutron's agents enforce security groups with. */
import { existsSync } from "node:fs";
import { attempt } from "./command.ts";

const setting = "/proc/sys/net/bridge/bridge-nf-call-iptables";

/** The kernel has no firewall on bridges, and none can be loaded. */
export class BridgeFirewallError extends Error {
  override readonly name = "BridgeFirewallError";
}

/** Whether frames on bridges can pass through iptables: a module of its own in Debian's kernel. */
export function bridgesHaveFirewall(): boolean {
  return existsSync(setting);
}

/**
 * Loads the module when it is not there: the agents end without it, and do not load it.
 *
 * @throws BridgeFirewallError
 */
export async function loadBridgeFirewall(): Promise<void> {
  if (bridgesHaveFirewall()) return;
  const { stderr } = await attempt(["modprobe", "br_netfilter"]);
  if (bridgesHaveFirewall()) return;
  throw new BridgeFirewallError(
    `Neutron's agents need the kernel's module br_netfilter (in a container: loaded on its host): ${stderr.trim()}`,
  );
}
